{{/*
The groups of a rule file with this release's overrides. Takes {root, path, known} and adds the name of every alert to
known. The rules are parsed as data, so Prometheus's templates in them are not evaluated.
*/}}
{{- define "exporter.groups" -}}
{{- $values := .root.Values.prometheusRule }}
{{- $known := .known }}
{{- $groups := list }}
{{- range $group := (.root.Files.Get .path | fromYaml).groups }}
{{- $rules := list }}
{{- range $rule := $group.rules }}
{{- if hasKey $rule "alert" }}
{{- $own := include "exporter.overrides" (dict "rule" $rule "alerts" ($values.alerts | default dict)) | fromYaml }}
{{- $alert := include "exporter.alert" (dict "rule" $rule "own" $own "values" $values) | fromYaml }}
{{- $severities := get $known $rule.alert | default dict }}
{{- $severity := dig "labels" "severity" "" $alert }}
{{- $original := dig "labels" "severity" "" $rule }}
{{- if dig "enabled" true $own }}
{{- if ne (get $severities $severity | default $original) $original }}
{{- fail (printf "prometheusRule.alerts.%s.severity: two rules would be %s; set it for one of them, or disable one: %s: {%s: {enabled: false}}" $rule.alert $severity $rule.alert $original) }}
{{- end }}
{{- $rules = append $rules $alert }}
{{- $_ := set $severities $severity $original }}
{{- end }}
{{- $_ := set $known $rule.alert $severities }}
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

{{/* A regular expression for the name of an alert, in which * matches anything. */}}
{{- define "exporter.alertPattern" -}}
{{- printf "^%s$" (replace "*" ".*" .) }}
{{- end }}

{{/*
The overrides of one rule. Those of patterns apply in alphabetical order, so that of two prefixes the longer one wins,
and those of the alert's name last; within each, those of the rule's severity last. Takes {rule, alerts}.
*/}}
{{- define "exporter.overrides" -}}
{{- $rule := .rule }}
{{- $matching := list }}
{{- range $key, $override := .alerts }}
{{- if and (contains "*" $key) (regexMatch (include "exporter.alertPattern" $key) $rule.alert) }}
{{- $matching = append $matching $override }}
{{- end }}
{{- end }}
{{- $own := dict }}
{{- range $override := append $matching (get .alerts $rule.alert | default dict) }}
{{- range $part := list (omit $override "critical" "warning" "info") (get $override (dig "labels" "severity" "" $rule) | default dict) }}
{{- range $key, $value := $part }}
{{- if kindIs "map" $value }}
{{- $_ := set $own $key (merge (dict) $value (get $own $key | default dict)) }}
{{- else }}
{{- $_ := set $own $key $value }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- toYaml $own }}
{{- end }}

{{/* An alert with this release's overrides. Takes {rule, own, values}. */}}
{{- define "exporter.alert" -}}
{{- $rule := deepCopy .rule }}
{{- with .own.expr }}
{{- $_ := set $rule "expr" . }}
{{- end }}
{{- if hasKey .own "threshold" }}
{{- $_ := set $rule "expr" (include "exporter.withThreshold" (dict "rule" $rule "threshold" .own.threshold)) }}
{{- end }}
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
{{- $annotations := merge (dict) (.own.annotations | default dict) (.values.alertAnnotations | default dict) ($rule.annotations | default dict) }}
{{- if and .values.grafanaUrl $annotations.dashboard_url }}
{{- $_ := set $annotations "dashboard_url" (replace "http://localhost:3000" .values.grafanaUrl $annotations.dashboard_url) }}
{{- end }}
{{- if and .values.runbookUrl $annotations.runbook_url }}
{{- $_ := set $annotations "runbook_url" (printf "%s#%s" .values.runbookUrl ($annotations.runbook_url | splitList "#" | last)) }}
{{- end }}
{{- if $annotations }}
{{- $_ := set $rule "annotations" $annotations }}
{{- end }}
{{- toYaml $rule }}
{{- end }}

{{/*
The expression of an alert with another threshold: the number in its first comparison but those with 0, which mean that
something exists, and in every repetition of that comparison, as in alerts on two windows. Comparisons after a set operator
are conditions of another kind. helm/generator/alerts.py lists these numbers. Takes {rule, threshold}.
*/}}
{{- define "exporter.withThreshold" -}}
{{- $measured := regexReplaceAll "(?s)\\s(and|unless|or)\\s.*" .rule.expr "" }}
{{- $comparison := regexFind " ([<>]=?|==|!=) (0\\.\\S+|[^0\\s]\\S*)" $measured }}
{{- if not (regexMatch "^ [<>]=? [0-9.]+$" $comparison) }}
{{- fail (printf "prometheusRule.alerts.%s.threshold: the alert compares with no number; set expr" .rule.alert) }}
{{- end }}
{{- $operator := regexFind "[<>]=?" $comparison }}
{{- regexReplaceAll (printf "%s(\\s|$)" (regexQuoteMeta $comparison)) .rule.expr (printf " %s %v$1" $operator .threshold) }}
{{- end }}
