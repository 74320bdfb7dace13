{{/*
A rule for egress to networks on ports. Takes {cidrs, ports}; without networks it allows every destination, also nodes,
which some network plugins exclude from networks.
*/}}
{{- define "exporter.egress" -}}
{{- $rule := dict }}
{{- range .cidrs }}
{{- $_ := set $rule "to" (append ($rule.to | default list) (dict "ipBlock" (dict "cidr" .))) }}
{{- end }}
{{- range .ports }}
{{- $_ := set $rule "ports" (append ($rule.ports | default list) (dict "port" . "protocol" "TCP")) }}
{{- end }}
{{- toYaml $rule }}
{{- end }}
