{{/* The pod template of the Deployment or StatefulSet. */}}
{{- define "exporter.podTemplate" -}}
metadata:
  annotations:
    {{- if .Values.config }}
    # Replaces the pods if the configuration changes.
    checksum/config: {{ toYaml .Values.config | sha256sum }}
    {{- end }}
    kubectl.kubernetes.io/default-container: exporter
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- merge (dict) (include "exporter.selectorLabels" . | fromYaml) (.Values.podLabels | default dict) (include "exporter.labels" . | fromYaml) | toYaml | nindent 4 }}
spec:
  serviceAccountName: {{ include "exporter.serviceAccountName" . | quote }}
  automountServiceAccountToken: {{ .Values.leaderElection.enabled }}
  # The prefix of Kubernetes's variables for this Service could be that of the exporter's settings.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- with include "exporter.imagePullSecrets" . }}
  imagePullSecrets:
    {{- . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ quote . }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.extraInitContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: exporter
      image: {{ include "exporter.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args:
        {{- include "exporter.args" . | nindent 8 }}
      env:
        {{- include "exporter.env" . | nindent 8 }}
      {{- with .Values.extraEnvFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: metrics
          containerPort: {{ .Values.containerPort }}
          protocol: TCP
      {{- if .Values.probes.liveness.enabled }}
      livenessProbe:
        {{- include "exporter.probe" (dict "root" . "path" "/-/healthy" "probe" .Values.probes.liveness) | nindent 8 }}
      {{- end }}
      {{- if .Values.probes.readiness.enabled }}
      readinessProbe:
        {{- include "exporter.probe" (dict "root" . "path" "/-/ready" "probe" .Values.probes.readiness) | nindent 8 }}
      {{- end }}
      {{- with .Values.securityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- $files := include "exporter.files" . | fromYamlArray }}
      {{- with include "exporter.volumeMounts" (dict "files" $files "extra" (concat (include "exporter.stateMount" . | fromYamlArray) (.Values.extraVolumeMounts | default list))) }}
      volumeMounts:
        {{- . | nindent 8 }}
      {{- end }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with include "exporter.volumes" (dict "files" $files "extra" (concat (include "exporter.stateVolumes" . | fromYamlArray) (.Values.extraVolumes | default list))) }}
  volumes:
    {{- . | nindent 4 }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range . }}
    - {{- if not .labelSelector }}
      labelSelector:
        matchLabels:
          {{- include "exporter.selectorLabels" $ | nindent 10 }}
      {{- end }}
      {{- toYaml . | nindent 6 }}
    {{- end }}
  {{- end }}
  {{- with .Values.dnsPolicy }}
  dnsPolicy: {{ . }}
  {{- end }}
  {{- with .Values.dnsConfig }}
  dnsConfig:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.hostAliases }}
  hostAliases:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
