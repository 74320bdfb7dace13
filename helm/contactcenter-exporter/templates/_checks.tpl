{{/* Checks that the schema cannot express; each message has the place and the fix. */}}
{{- define "exporter.checks" -}}
{{- if not .Values.enabled }}
{{- fail (printf "enabled: only a parent chart can disable this one; add `condition: %s.enabled` to its dependency" .Chart.Name) }}
{{- end }}
{{- $given := compact (list (ternary "config" "" (not (empty .Values.config))) (ternary "existingConfig.name" "" (not (empty .Values.existingConfig.name))) (ternary "demo.enabled" "" .Values.demo.enabled)) }}
{{- if not $given }}
{{- fail "nothing to poll: set config.targets, existingConfig.name, or demo.enabled=true for a simulation" }}
{{- end }}
{{- if gt (len $given) 1 }}
{{- fail (printf "%s: set only one of them" (join " and " $given)) }}
{{- end }}
{{- if and .Values.config (not .Values.config.targets) }}
{{- fail "config.targets: nothing to poll; add at least one target" }}
{{- end }}
{{- range $place, $part := include "exporter.secretPlaces" . | fromYaml }}
{{- fail (printf "%s: a ConfigMap must not contain secrets; put it in a Secret listed in credentials, and set %s_file" $place $part) }}
{{- end }}
{{- range $number, $target := (.Values.config).targets }}
{{- $vendors := list "3cx" "apio" "asterisk" "axialys" "brightpattern" "five9" "genesys-cloud" "kpn" "sinch" "twilio-taskrouter" "zendesk-talk" }}
{{- if and (not (has $target.vendor $vendors)) (eq $.Values.image.repository "contactcenter-exporter/contactcenter-exporter") (not $.Values.extraVolumeMounts) }}
{{- fail (printf "config.targets[%d].vendor: the image does not include the vendor %v (included: %s); set image.repository or extraVolumeMounts for a vendor of another package" $number $target.vendor (join ", " $vendors)) }}
{{- end }}
{{- end }}
{{- range $key := list "web" "log" }}
{{- if hasKey ($.Values.config | default dict) $key }}
{{- fail (printf "config.%s: the chart sets this by flags; use %s" $key (ternary "webConfig, containerPort and lifecycle" "log" (eq $key "web"))) }}
{{- end }}
{{- end }}
{{- range $key, $value := dict "shard" "sharding" "total_shards" "sharding" "leader_election" "leaderElection" "state" "state" }}
{{- if hasKey ($.Values.config | default dict) $key }}
{{- fail (printf "config.%s: the chart sets this by flags; use %s" $key $value) }}
{{- end }}
{{- end }}
{{- if and .Values.sharding.enabled .Values.leaderElection.enabled }}
{{- fail "sharding.enabled and leaderElection.enabled: set only one of them; a StatefulSet never runs two pods of one shard" }}
{{- end }}
{{- if and .Values.demo.enabled (or .Values.sharding.enabled .Values.leaderElection.enabled) }}
{{- fail "demo.enabled: each pod runs its own simulation; disable sharding and leaderElection" }}
{{- end }}
{{- if and .Values.demo.enabled (eq .Values.state.volume "persistentVolumeClaim") }}
{{- fail "state.volume: a demo has no state; use emptyDir" }}
{{- end }}
{{- if and .Values.sharding.enabled (ne (int .Values.replicaCount) 1) }}
{{- fail "replicaCount: must be 1 with sharding.enabled; sharding.shards is the number of pods" }}
{{- end }}
{{- if and .Values.leaderElection.enabled (not (or .Values.serviceAccount.create .Values.serviceAccount.name)) }}
{{- fail "leaderElection.enabled: requires serviceAccount.create or serviceAccount.name, otherwise every pod of the namespace could take the Lease" }}
{{- end }}
{{- $names := list }}
{{- range .Values.credentials }}
{{- if has .secretName $names }}
{{- fail (printf "credentials: duplicate Secret %s" .secretName) }}
{{- end }}
{{- $names = append $names .secretName }}
{{- end }}
{{- if and .Values.webConfig.tls (not .Values.webConfig.existingSecret) }}
{{- fail "webConfig.tls: requires webConfig.existingSecret, whose file enables TLS" }}
{{- end }}
{{- if and .Values.webConfig.certificateSecret (not .Values.webConfig.existingSecret) }}
{{- fail "webConfig.certificateSecret: requires webConfig.existingSecret, whose file references the certificate" }}
{{- end }}
{{- if and (ne .Values.probes.type "exec") (or .Values.probes.credentialsSecret .Values.probes.certificateSecret) }}
{{- fail "probes.type: must be exec if credentialsSecret or certificateSecret is set" }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled .Values.podMonitor.enabled }}
{{- fail "serviceMonitor.enabled and podMonitor.enabled: set only one of them, otherwise every pod is scraped twice" }}
{{- end }}
{{- if and .Values.podDisruptionBudget.enabled (eq (toString .Values.podDisruptionBudget.minAvailable) "") (eq (toString .Values.podDisruptionBudget.maxUnavailable) "") }}
{{- fail "podDisruptionBudget: set maxUnavailable or minAvailable" }}
{{- end }}
{{- if and .Values.podDisruptionBudget.enabled (include "exporter.budgetBlocks" .) }}
{{- fail (printf "podDisruptionBudget: allows no disruption of %v pods, which blocks draining their nodes; raise maxUnavailable or lower minAvailable" (include "exporter.pods" .)) }}
{{- end }}
{{- with .Values.strategy }}
{{- if and (eq .type "Recreate") .rollingUpdate }}
{{- fail "strategy.rollingUpdate: requires strategy.type RollingUpdate" }}
{{- end }}
{{- end }}
{{- end }}

{{/* "yes" if the budget allows no disruption. Kubernetes rounds percentages of the pods up. */}}
{{- define "exporter.budgetBlocks" -}}
{{- $pods := include "exporter.pods" . | int }}
{{- $stay := toString .Values.podDisruptionBudget.minAvailable }}
{{- if hasSuffix "%" $stay }}
{{- $stay = divf (mulf (trimSuffix "%" $stay) $pods) 100 | ceil | toString }}
{{- end }}
{{- $away := toString .Values.podDisruptionBudget.maxUnavailable | trimSuffix "%" }}
{{- if and $pods (ternary (ge (int $stay) $pods) (eq $away "0") (ne $stay "")) }}yes{{ end }}
{{- end }}

{{/* Secrets in the configuration: a map of their places to their keys. */}}
{{- define "exporter.secretPlaces" -}}
{{- $keys := list "api_key" "api_token" "client_secret" "password" "secret" "token" }}
{{- $found := dict }}
{{- if dig "agents" "pseudonym_key" "" (.Values.config | default dict) }}
{{- $_ := set $found "config.agents.pseudonym_key" "pseudonym_key" }}
{{- end }}
{{- range $number, $target := (.Values.config).targets }}
{{- range $key := $keys }}
{{- if and (kindIs "map" $target) (hasKey $target $key) }}
{{- $_ := set $found (printf "config.targets[%d].%s" $number $key) $key }}
{{- end }}
{{- end }}
{{- if and (kindIs "map" $target) (dig "agents" "pseudonym_key" "" $target) }}
{{- $_ := set $found (printf "config.targets[%d].agents.pseudonym_key" $number) "pseudonym_key" }}
{{- end }}
{{- end }}
{{- toYaml $found }}
{{- end }}
