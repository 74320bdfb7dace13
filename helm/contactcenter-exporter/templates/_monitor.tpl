{{/* The endpoint of a ServiceMonitor or PodMonitor. Takes {root, monitor}. */}}
{{- define "exporter.endpoint" -}}
{{- $endpoint := dict "port" "metrics" "path" "/metrics" "scheme" (include "exporter.scheme" .root) "interval" .monitor.interval }}
{{- range $key := list "scrapeTimeout" "relabelings" "metricRelabelings" "basicAuth" "tlsConfig" }}
{{- with index $.monitor $key }}
{{- $_ := set $endpoint $key . }}
{{- end }}
{{- end }}
{{- merge $endpoint (.monitor.extraEndpoint | default dict) | toYaml }}
{{- end }}

{{/* The spec of a ServiceMonitor or PodMonitor. Takes {root, monitor, endpoints: its key}. */}}
{{- define "exporter.monitor" -}}
{{- $spec := dict "namespaceSelector" (dict "matchNames" (list (include "exporter.namespace" .root))) }}
{{- $_ := set $spec "selector" (dict "matchLabels" (include "exporter.selectorLabels" .root | fromYaml)) }}
{{- $_ := set $spec .endpoints (list (include "exporter.endpoint" . | fromYaml)) }}
{{- with .monitor.jobLabel }}
{{- $_ := set $spec "jobLabel" . }}
{{- end }}
{{- merge $spec (.monitor.extraSpec | default dict) | toYaml }}
{{- end }}

{{/* The metadata of a monitor or rule object. Takes {root, part, name}. */}}
{{- define "exporter.partMetadata" -}}
name: {{ .name | default (include "exporter.fullname" .root) }}
namespace: {{ .part.namespace | default (include "exporter.namespace" .root) }}
labels:
  {{- include "exporter.mergedLabels" (dict "root" .root "labels" .part.labels) | nindent 2 }}
{{- with .part.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
