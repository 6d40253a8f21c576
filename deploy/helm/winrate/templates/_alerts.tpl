{{- /* The alerts, as `groups` of a rule file. docs/operations.md says of each what to do. */}}
{{- define "winrate.alerts" -}}
{{- $seconds := divf .Values.aggregationIntervalMs 1000 -}}
{{- $selector := .Values.prometheusRule.selector | default (printf "job=\"winrate\", namespace=\"%s\"" .Release.Namespace) -}}
{{- $runbook := .Values.prometheusRule.runbookUrl -}}
groups:
  - name: winrate
    rules:
      - alert: WinrateDown
        expr: >-
          absent(up{{ "{" }}{{ $selector }}{{ "}" }} == 1)
        for: 2m
        labels:
          severity: critical
        annotations:
          summary: No worker can be scraped
          description: >-
            Agents decide by the snapshot that they have, and their outcomes wait with them.
          runbook_url: {{ $runbook }}#winratedown
      - alert: WinrateDatabaseAway
        expr: >-
          absent(winrate_queue_depth{{ "{" }}{{ $selector }}{{ "}" }}) and on () (max(up{{ "{" }}{{ $selector }}{{ "}" }}) == 1)
        for: 3m
        labels:
          severity: critical
        annotations:
          summary: Workers cannot read the database
          description: >-
            They serve the last snapshot. Nothing is stored and nothing is learned.
          runbook_url: {{ $runbook }}#winratedatabaseaway
      - alert: WinrateQueueLag
        expr: >-
          max(winrate_queue_lag_seconds{{ "{" }}{{ $selector }}{{ "}" }}) > 60
        for: 5m
        labels:
          severity: warning
        annotations:
          summary: Outcomes wait for more than a minute
          description: >-
            The oldest message has waited for {{ "{{" }} $value | humanize {{ "}}" }} s.
          runbook_url: {{ $runbook }}#winratequeuelag
      - alert: WinrateQueueLag
        expr: >-
          max(winrate_queue_lag_seconds{{ "{" }}{{ $selector }}{{ "}" }}) > 600
        for: 5m
        labels:
          severity: critical
        annotations:
          summary: Outcomes wait for more than ten minutes
          description: >-
            The oldest message has waited for {{ "{{" }} $value | humanize {{ "}}" }} s.
          runbook_url: {{ $runbook }}#winratequeuelag
      - alert: WinrateQueueGrows
        expr: >-
          max(winrate_queue_depth{{ "{" }}{{ $selector }}{{ "}" }}) > 50000 and deriv(max(winrate_queue_depth{{ "{" }}{{ $selector }}{{ "}" }})[15m:1m]) > 0
        for: 15m
        labels:
          severity: warning
        annotations:
          summary: The queue grows
          description: >-
            More comes than the workers store: {{ "{{" }} $value | humanize {{ "}}" }} messages wait.
          runbook_url: {{ $runbook }}#winratequeuegrows
      - alert: WinrateNotStoring
        expr: >-
          sum(rate(winrate_messages_ingested_total{{ "{" }}{{ $selector }}{{ "}" }}[10m])) == 0 and on () max(winrate_queue_depth{{ "{" }}{{ $selector }}{{ "}" }}) > 0
        for: 10m
        labels:
          severity: critical
        annotations:
          summary: Nothing is stored, although messages wait
          description: >-
            Ingest does not work, or all that waits fails.
          runbook_url: {{ $runbook }}#winratenotstoring
      - alert: WinrateSnapshotStale
        expr: >-
          time() - max(winrate_last_tick_timestamp_seconds{{ "{" }}{{ $selector }}{{ "}" }}) > {{ addf (mulf 3 $seconds) 5 }} or (absent(winrate_last_tick_timestamp_seconds{{ "{" }}{{ $selector }}{{ "}" }}) and on () max(winrate_tick_age_seconds{{ "{" }}{{ $selector }}{{ "}" }}) > {{ addf (mulf 3 $seconds) 5 }})
        for: 2m
        labels:
          severity: critical
        annotations:
          summary: No tick for more than three intervals
          description: >-
            Nothing new is learned. Clients continue with the snapshot that they have.
          runbook_url: {{ $runbook }}#winratesnapshotstale
      - alert: WinrateOutcomesLate
        expr: >-
          histogram_quantile(0.95, sum by (le) (rate(winrate_outcome_to_fleet_seconds_bucket{{ "{" }}{{ $selector }}{{ "}" }}[30m]))) > {{ addf $seconds 5 }}
        for: 15m
        labels:
          severity: warning
        annotations:
          summary: Outcomes take longer to the fleet than promised
          description: >-
            95 % should take an interval and 5 s, and take {{ "{{" }} $value | humanize {{ "}}" }} s.
          runbook_url: {{ $runbook }}#winrateoutcomeslate
      - alert: WinrateTicksFail
        expr: >-
          sum(increase(winrate_aggregations_failed_total{{ "{" }}{{ $selector }}{{ "}" }}[15m])) > 2
        for: 0m
        labels:
          severity: warning
        annotations:
          summary: Ticks of workers fail
          description: >-
            {{ "{{" }} $value | humanize {{ "}}" }} in the last quarter of an hour.
          runbook_url: {{ $runbook }}#winrateticksfail
      - alert: WinrateTickSlow
        expr: >-
          sum(rate(winrate_aggregation_seconds_sum{{ "{" }}{{ $selector }}{{ "}" }}[15m])) / sum(rate(winrate_aggregation_seconds_count{{ "{" }}{{ $selector }}{{ "}" }}[15m])) > {{ divf $seconds 2 }}
        for: 15m
        labels:
          severity: warning
        annotations:
          summary: A tick takes more than half of the interval
          description: >-
            On average {{ "{{" }} $value | humanize {{ "}}" }} s.
          runbook_url: {{ $runbook }}#winratetickslow
      - alert: WinrateOutcomesRejected
        expr: >-
          sum(increase(winrate_outcomes_rejected_total{{ "{" }}{{ $selector }}{{ "}" }}[1h])) > 0
        for: 0m
        labels:
          severity: info
        annotations:
          summary: Outcomes are rejected
          description: >-
            {{ "{{" }} $value | humanize {{ "}}" }} in the last hour became dead letters. The metric winrate_dead_letters tells the reasons.
          runbook_url: {{ $runbook }}#winrateoutcomesrejected
      - alert: WinrateDuplicates
        expr: >-
          sum(rate(winrate_outcomes_duplicate_total{{ "{" }}{{ $selector }}{{ "}" }}[30m])) > 0.2 * sum(rate(winrate_outcomes_stored_total{{ "{" }}{{ $selector }}{{ "}" }}[30m])) and sum(rate(winrate_outcomes_duplicate_total{{ "{" }}{{ $selector }}{{ "}" }}[30m])) > 0.1
        for: 30m
        labels:
          severity: warning
        annotations:
          summary: Clients send outcomes again
          description: >-
            They get no answers, or late ones.
          runbook_url: {{ $runbook }}#winrateduplicates
      - alert: WinrateProviderFailing
        expr: >-
          min by (provider) (winrate_provider_availability{{ "{" }}{{ $selector }}{{ "}" }}) < 0.5
        for: 5m
        labels:
          severity: warning
        annotations:
          summary: Most calls of a provider fail
          description: >-
            Of the latest calls of {{ "{{" }} $labels.provider {{ "}}" }}, the share {{ "{{" }} $value | humanize {{ "}}" }} is answered. Clients name its models last.
          runbook_url: {{ $runbook }}#winrateproviderfailing
      - alert: WinrateInstanceQuarantined
        expr: >-
          max(winrate_quarantined_instances{{ "{" }}{{ $selector }}{{ "}" }}) > 0
        for: 0m
        labels:
          severity: info
        annotations:
          summary: Instances are left out of what is learned
          description: >-
            {{ "{{" }} $value | humanize {{ "}}" }} of them.
          runbook_url: {{ $runbook }}#winrateinstancequarantined
      - alert: WinrateWrongClocks
        expr: >-
          max(winrate_wrong_clocks{{ "{" }}{{ $selector }}{{ "}" }}) > 0
        for: 15m
        labels:
          severity: info
        annotations:
          summary: Clocks of instances are wrong
          description: >-
            {{ "{{" }} $value | humanize {{ "}}" }} of them. Their outcomes are stored at corrected times.
          runbook_url: {{ $runbook }}#winratewrongclocks
      - alert: WinrateOutcomesMissing
        expr: >-
          max(winrate_missing_outcomes{{ "{" }}{{ $selector }}{{ "}" }}) > 0
        for: 1h
        labels:
          severity: warning
        annotations:
          summary: Outcomes are missing
          description: >-
            Of {{ "{{" }} $value | humanize {{ "}}" }} models, clearly fewer outcomes arrive than of the others.
          runbook_url: {{ $runbook }}#winrateoutcomesmissing
      - alert: WinrateCellsLeftOut
        expr: >-
          max(winrate_left_out_cells{{ "{" }}{{ $selector }}{{ "}" }}) > 0
        for: 1h
        labels:
          severity: warning
        annotations:
          summary: Cells have no room
          description: >-
            {{ "{{" }} $value | humanize {{ "}}" }} are beyond WINRATE_MAX_CELLS, so nothing is learned there.
          runbook_url: {{ $runbook }}#winratecellsleftout
      - alert: WinrateCellsExplode
        expr: >-
          max(winrate_cells{{ "{" }}{{ $selector }}{{ "}" }}) > 1000 and max(winrate_cells{{ "{" }}{{ $selector }}{{ "}" }}) > 2 * max(winrate_cells{{ "{" }}{{ $selector }}{{ "}" }} offset 1d)
        for: 1h
        labels:
          severity: warning
        annotations:
          summary: Twice as many cells as a day ago
          description: >-
            {{ "{{" }} $value | humanize {{ "}}" }} cells: a client may invent task types or models.
          runbook_url: {{ $runbook }}#winratecellsexplode
      - alert: WinratePinned
        expr: >-
          max(winrate_pinned_version{{ "{" }}{{ $selector }}{{ "}" }}) > 0
        for: 1d
        labels:
          severity: info
        annotations:
          summary: A version has been pinned for a day
          description: >-
            Version {{ "{{" }} $value | humanize {{ "}}" }}: nothing that was learned since then reaches anybody.
          runbook_url: {{ $runbook }}#winratepinned
      - alert: WinrateVersionsDiffer
        expr: >-
          count(count by (version) (winrate_build_info{{ "{" }}{{ $selector }}{{ "}" }})) > 1
        for: 1h
        labels:
          severity: warning
        annotations:
          summary: Workers of several versions run
          description: >-
            An upgrade did not end.
          runbook_url: {{ $runbook }}#winrateversionsdiffer
      - alert: WinrateReadersCut
        expr: >-
          sum(rate(winrate_stream_readers_cut_total{reason="slow", {{ $selector }}{{ "}" }}[10m])) > 1
        for: 10m
        labels:
          severity: warning
        annotations:
          summary: Streams are cut because their readers are slow
          description: >-
            {{ "{{" }} $value | humanize {{ "}}" }} a second. Clients open new ones.
          runbook_url: {{ $runbook }}#winratereaderscut
      - alert: WinrateHttpErrors
        expr: >-
          sum(rate(winrate_http_requests_total{status=~"5..", {{ $selector }}{{ "}" }}[10m])) > 0.01 * sum(rate(winrate_http_requests_total{{ "{" }}{{ $selector }}{{ "}" }}[10m]))
        for: 10m
        labels:
          severity: warning
        annotations:
          summary: More than 1 % of requests fail
          description: >-
            They are answered with 5xx.
          runbook_url: {{ $runbook }}#winratehttperrors
{{- end }}
