{{/* The chart's name, or what replaces it. */}}
{{- define "exporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
The name of the release's objects. 50 leaves room for what follows it in some names. A release's name may hold dots, a
Service's not.
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

{{- define "exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "exporter.labels" -}}
{{- $chart := printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- $own := dict "app.kubernetes.io/version" .Chart.AppVersion "app.kubernetes.io/managed-by" .Release.Service "helm.sh/chart" $chart }}
{{- merge $own (include "exporter.selectorLabels" . | fromYaml) (.Values.commonLabels | default dict) | toYaml }}
{{- end }}

{{/* The labels of an object with some of its own, which win. Takes {root, labels}. */}}
{{- define "exporter.mergedLabels" -}}
{{- merge (dict) (.labels | default dict) (include "exporter.labels" .root | fromYaml) | toYaml }}
{{- end }}

{{- define "exporter.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "exporter.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "exporter.image" -}}
{{- $name := printf "%s/%s" .Values.image.registry .Values.image.repository }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $name .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $name (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{- define "exporter.scheme" -}}
{{- ternary "https" "http" .Values.webConfig.tls }}
{{- end }}

{{/* The key that holds the configuration, also the file's name. */}}
{{- define "exporter.configKey" -}}
{{- ternary .Values.existingConfig.key "contactcenter.yml" (not (empty .Values.existingConfig.name)) }}
{{- end }}
