{{/* The chart's name or its override. */}}
{{- define "exporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
The full name of the objects. 50 characters, because some names have a suffix. The name of a release may contain dots,
that of a Service may not.
*/}}
{{- define "exporter.fullname" -}}
{{- $name := include "exporter.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | replace "." "-" | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | replace "." "-" | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "exporter.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace }}
{{- end }}

{{- define "exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "exporter.labels" -}}
{{- $chart := printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- $own := dict "app.kubernetes.io/version" .Chart.AppVersion "app.kubernetes.io/managed-by" .Release.Service "helm.sh/chart" $chart }}
{{- merge $own (include "exporter.selectorLabels" . | fromYaml) (.Values.commonLabels | default dict) | toYaml }}
{{- end }}

{{/* The labels of an object; its own override the common ones. Takes {root, labels}. */}}
{{- define "exporter.mergedLabels" -}}
{{- merge (dict) (.labels | default dict) (include "exporter.labels" .root | fromYaml) | toYaml }}
{{- end }}

{{- define "exporter.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "exporter.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "exporter.image" -}}
{{- $registry := (.Values.global).imageRegistry | default .Values.image.registry }}
{{- $name := printf "%s/%s" $registry .Values.image.repository }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $name .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $name (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{/* The Secrets for pulling images: those of a parent chart, as maps or names, and the chart's own. */}}
{{- define "exporter.imagePullSecrets" -}}
{{- $secrets := list }}
{{- range concat ((.Values.global).imagePullSecrets | default list) (.Values.imagePullSecrets | default list) }}
{{- $secrets = append $secrets (kindIs "string" . | ternary (dict "name" .) .) }}
{{- end }}
{{- with $secrets | uniq }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{- define "exporter.scheme" -}}
{{- ternary "https" "http" .Values.webConfig.tls }}
{{- end }}

{{- define "exporter.ipFamilies" -}}
{{- with .Values.service.ipFamilyPolicy -}}
ipFamilyPolicy: {{ . }}
{{- end }}
{{- with .Values.service.ipFamilies }}
ipFamilies:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The key with the configuration, which is also the name of the file. */}}
{{- define "exporter.configKey" -}}
{{- ternary .Values.existingConfig.key "contactcenter.yml" (not (empty .Values.existingConfig.name)) }}
{{- end }}

{{/* The kind of the workload: a StatefulSet if each pod has its own share of the targets or its own claim. */}}
{{- define "exporter.kind" -}}
{{- ternary "StatefulSet" "Deployment" (or .Values.sharding.enabled (eq (include "exporter.stateVolume" .) "persistentVolumeClaim")) }}
{{- end }}

{{/* The kind of the state volume; a demo has no state. */}}
{{- define "exporter.stateVolume" -}}
{{- ternary "none" .Values.state.volume .Values.demo.enabled }}
{{- end }}

{{/* The number of pods. */}}
{{- define "exporter.pods" -}}
{{- ternary .Values.sharding.shards .Values.replicaCount .Values.sharding.enabled }}
{{- end }}

{{/*
The update strategy of the Deployment. Both limits of a rolling update are explicit: server-side apply removes only what
the chart has set, so Kubernetes' default of a limit would remain after a change to Recreate, which forbids limits.
*/}}
{{- define "exporter.strategy" -}}
{{- $strategy := .Values.strategy | default dict }}
{{- $type := ternary "RollingUpdate" ($strategy.type | default "RollingUpdate") .Values.leaderElection.enabled }}
type: {{ $type }}
{{- if eq $type "RollingUpdate" }}
{{- $limits := $strategy.rollingUpdate | default dict }}
rollingUpdate:
  {{- range $limit := list "maxSurge" "maxUnavailable" }}
  {{ $limit }}: {{ ternary (get $limits $limit) "25%" (hasKey $limits $limit) }}
  {{- end }}
{{- end }}
{{- end }}
