{{- define "winrate.name" -}}
{{- if contains "winrate" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-winrate" (.Release.Name | trunc 44 | trimSuffix "-") }}{{ end }}
{{- end }}

{{- /* These never change: a Deployment's selector cannot. */}}
{{- define "winrate.selector" -}}
app.kubernetes.io/name: winrate
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "winrate.labels" -}}
{{ include "winrate.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: central-worker
app.kubernetes.io/part-of: winrate
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "winrate.image" -}}
{{- with .Values.image }}{{ if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end }}
{{- end }}

{{- define "winrate.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "winrate.name" .) }}{{ else }}{{ .Values.serviceAccount.name | default "default" }}{{ end }}
{{- end }}

{{- define "winrate.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end }}

{{- /* Every variable of a worker but those of files. */}}
{{- define "winrate.env" -}}
{{- $secret := .Values.existingSecret -}}
{{- with .Values.secretKeys }}
{{ include "winrate.secretVariable" (dict "name" "DATABASE_URL" "secret" $secret "key" .databaseUrl) }}
{{- $optional := list
  (list "WINRATE_PUBLISH_TOKEN" .publishToken)
  (list "WINRATE_READ_TOKEN" .readToken)
  (list "WINRATE_ADMIN_TOKEN" .adminToken)
  (list "REDIS_URL" .redisUrl)
  (list "WINRATE_REFERENCE_SECRET" .referenceSecret) }}
{{- range $optional }}
{{- if index . 1 }}
{{ include "winrate.secretVariable" (dict "name" (index . 0) "secret" $secret "key" (index . 1)) }}
{{- end }}
{{- end }}
{{- if not (or (and .publishToken .readToken .adminToken) (hasKey $.Values.config "WINRATE_REQUIRE_TOKENS")) }}
# Without it, a scope of which there is no token would be open, and the worker does not start.
- name: WINRATE_REQUIRE_TOKENS
  value: "true"
{{- end }}
{{- end }}
- name: WINRATE_HOST
  value: "0.0.0.0"
- name: WINRATE_PORT
  value: "8787"
- name: WINRATE_AGGREGATION_INTERVAL_MS
  value: {{ .Values.aggregationIntervalMs | int64 | quote }}
- name: WINRATE_SHUTDOWN_TIMEOUT_MS
  value: {{ mul .Values.shutdownTimeoutSeconds 1000 | quote }}
{{- if .Values.migrations.job.enabled }}
- name: WINRATE_MIGRATE_ON_START
  value: "false"
{{- end }}
{{- range $name, $value := .Values.config }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
- name: NODE_OPTIONS
  value: --max-old-space-size={{ include "winrate.heapMb" . }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Three quarters of the memory limit. */}}
{{- define "winrate.heapMb" -}}
{{- $limit := .Values.resources.limits.memory -}}
{{- if hasSuffix "Gi" $limit }}{{ div (mul (trimSuffix "Gi" $limit | int) 1024 3) 4 }}{{ else }}{{ div (mul (trimSuffix "Mi" $limit | int) 3) 4 }}{{ end }}
{{- end }}

{{- define "winrate.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "winrate.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- /* What pods of every kind here have. Without enableServiceLinks: false, Kubernetes sets variables such as
WINRATE_SERVICE_HOST for a Service of that name, and the worker refuses variables that it does not know. */}}
{{- define "winrate.podBasics" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- include "winrate.podSecurity" . | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
