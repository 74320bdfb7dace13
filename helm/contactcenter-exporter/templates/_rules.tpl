{{/*
A rule file's groups as this release wants them. Takes {root, path, known}; the names of the alerts met go into known.
Rules are read and written as data, so what is Prometheus's own template in them stays as it is.
*/}}
{{- define "exporter.groups" -}}
{{- $root := .root }}
{{- $known := .known }}
{{- $groups := list }}
{{- range $group := (.root.Files.Get .path | fromYaml).groups }}
{{- $rules := list }}
{{- range $rule := $group.rules }}
{{- if hasKey $rule "alert" }}
{{- $_ := set $known $rule.alert true }}
{{- $own := get ($root.Values.prometheusRule.alerts | default dict) $rule.alert | default dict }}
{{- if dig "enabled" true $own }}
{{- $rules = append $rules (include "exporter.alert" (dict "rule" $rule "own" $own "values" $root.Values.prometheusRule) | fromYaml) }}
{{- end }}
{{- else }}
{{- $rules = append $rules $rule }}
{{- end }}
{{- end }}
{{- if $rules }}
{{- $groups = append $groups (merge (dict "rules" $rules) (omit $group "rules")) }}
{{- end }}
{{- end }}
{{- if $groups }}
{{- toYaml $groups }}
{{- end }}
{{- end }}

{{/* One alert with what differs in this release. Takes {rule, own, values}. */}}
{{- define "exporter.alert" -}}
{{- $rule := deepCopy .rule }}
{{- with .own.for }}
{{- $_ := set $rule "for" . }}
{{- end }}
{{- with .own.keepFiringFor }}
{{- $_ := set $rule "keep_firing_for" . }}
{{- end }}
{{- $labels := merge (dict) (.own.labels | default dict) (.values.alertLabels | default dict) ($rule.labels | default dict) }}
{{- with .own.severity }}
{{- $_ := set $labels "severity" . }}
{{- end }}
{{- if $labels }}
{{- $_ := set $rule "labels" $labels }}
{{- end }}
{{- $annotations := $rule.annotations | default dict }}
{{- if and .values.grafanaUrl $annotations.dashboard_url }}
{{- $_ := set $annotations "dashboard_url" (replace "http://localhost:3000" .values.grafanaUrl $annotations.dashboard_url) }}
{{- end }}
{{- if and .values.runbookUrl $annotations.runbook_url }}
{{- $_ := set $annotations "runbook_url" (printf "%s#%s" .values.runbookUrl ($annotations.runbook_url | splitList "#" | last)) }}
{{- end }}
{{- toYaml $rule }}
{{- end }}
