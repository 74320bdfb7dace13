{{/*
The groups of a rule file with this release's overrides. Takes {root, path, known} and adds the name of every alert to
known. The rules are parsed as data, so Prometheus's templates in them are not evaluated.
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

{{/* An alert with this release's overrides. Takes {rule, own, values}. */}}
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
