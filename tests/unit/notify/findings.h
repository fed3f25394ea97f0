/* Findings to tell of, one for each state, and a hostile one. All static: copy before changing. */
#ifndef UNIT_NOTIFY_FINDINGS_H
#define UNIT_NOTIFY_FINDINGS_H

#include <math.h>
#include <string.h>

#include "model/finding.h"

#define MINUTE_MS 60000
#define ONSET_MS INT64_C(1795000000000)
#define T(en, ko) {{en, ko}}

static struct text pro_slow[] = {
    T("records read per second 4,100 → 1,790 within 2 min; written 4,050 as before", "초당 읽은 레코드 4,100 → 1,790 (2 min), 쓰기 4,050 변화 없음"),
    T("the loop of payments-1 spends 94 % of its time between polls", "payments-1 루프 시간의 94 %가 폴링 사이에 소비됨"),
};
static struct text contra_slow[] = {T("no member's host is short of CPU (31 %)", "멤버 호스트 CPU 여유 있음 (31 %)")};
static struct text missing_slow[] = {T("time between polls: no client metrics; look at poll-idle-ratio-avg over JMX", "폴링 간격: 클라이언트 지표 없음. JMX의 poll-idle-ratio-avg 확인")};
static struct text contra_members[] = {T("4 members for 4 partitions", "멤버 4, 파티션 4")};
static struct text contra_broker[] = {T("fetch time 12 ms (usual 10-15)", "페치 시간 12 ms (평소 10-15)")};

static struct finding_cause causes[] = {
    {.id = "slow-processing", .title = T("processing one record became slower", "레코드 처리 속도 저하"), .verdict = VERDICT_LIKELY, .probability = 0.82,
     .score_db = 13, .coverage = 0.7, .pro = {pro_slow, 2}, .contra = {contra_slow, 1}, .missing = {missing_slow, 1}},
    {.id = "rebalancing", .title = T("the group keeps rebalancing", "그룹의 반복적인 리밸런싱"), .verdict = VERDICT_POSSIBLE, .probability = 0.11, .score_db = 2,
     .coverage = 0.5},
    {.id = "too-few-consumers", .title = T("too few members", "멤버 부족"), .verdict = VERDICT_RULED_OUT, .probability = 0.01, .score_db = -12, .coverage = 1,
     .contra = {contra_members, 1}},
    {.id = "broker-read-slow", .title = T("brokers read slowly", "브로커 읽기 지연"), .verdict = VERDICT_RULED_OUT, .probability = 0.01, .score_db = -9,
     .coverage = 1, .contra = {contra_broker, 1}},
};
static struct finding_remedy remedies[] = {
    {.cause = "slow-processing", .text = T("see which member is stuck", "멈춘 멤버 확인"),
     .command = "kafka-consumer-groups.sh --bootstrap-server 'broker1:9092' --describe --group 'payments' --members --verbose", .risk = RISK_READ_ONLY},
    {.cause = "slow-processing", .text = T("compare with deploys of payments around the onset; roll back if one matches", "시작 시각 전후의 배포와 비교, 일치하면 롤백"),
     .risk = RISK_DISRUPTIVE},
    {.cause = "slow-processing", .text = T("resetting offsets would skip payments: do not", "오프셋 재설정은 결제를 건너뜀. 하지 말 것"), .risk = RISK_DATA_LOSS},
};
static double lag_values[] = {210000, 212000, 208000, NAN, 211000, 400000, 700000, 1000000, 1200000, 1500000, 1700000, 1840000};
static struct finding_chart charts[] = {
    {.name = "lag", .unit = "records", .label = T("Lag", "지연 레코드"), .start_ms = ONSET_MS - 5 * MINUTE_MS, .step_ms = MINUTE_MS, .values = lag_values,
     .len = 12, .before = 210000, .now = 1840000, .peak = 1840000},
    {.name = "lag_time", .unit = "s", .label = T("Delay", "지연 시간"), .before = NAN, .now = 456, .peak = 480},
    {.name = "cpu", .label = T("CPU of the members", "멤버 CPU"), .before = NAN, .now = NAN, .peak = NAN}, /* no exporter gives it: no line */
};
static struct finding_link links[] = {
    {"Dashboard", "https://grafana.example.org/d/lag?var-group=payments&from=now-1h"},
    {"Graph", "http://prometheus.example.org:9090/graph?g0.expr=sum(lag{group=\"payments\"})&g0.tab=0"},
};

static inline struct finding finding_firing(void)
{
    struct finding f = {
        .incident = "3f2a9c017f3a91c2", .symptom = "consumer-falling-behind", .cluster = "orders",
        .entity = {.items = {{"group", "payments"}, {"topic", "__payments_v1"}}, .len = 2}, .state = FINDING_FIRING, .severity = SEVERITY_CRITICAL,
        .role = ROLE_ROOT, .slot_ms = ONSET_MS + 12 * MINUTE_MS, .onset_ms = ONSET_MS, .fired_ms = ONSET_MS + 2 * MINUTE_MS, .revision = 4,
        .title = T("payments is falling behind on __payments_v1", "__payments_v1 토픽에서 컨슈머 그룹 payments의 처리 지연"),
        .effect = T("records are processed about 7 min 36 s late, and the delay grows", "레코드 처리가 약 7 min 36 s 지연되며 계속 늘어나는 중입니다"),
        .causes = causes, .causes_len = 4, .next_check = T("time between polls of each member", "멤버별 폴링 간격"),
        .next_command = "echo 'get -b kafka.consumer:type=consumer-metrics,client-id=payments-1 poll-idle-ratio-avg' | java -jar jmxterm.jar -l payments-1:9999",
        .remedies = remedies, .remedies_len = 3, .charts = charts, .charts_len = 3, .links = links, .links_len = 2,
    };
    return f;
}

static inline struct finding finding_unknown(void)
{
    struct finding f = finding_firing();
    f.state = FINDING_UNKNOWN;
    f.severity = SEVERITY_WARNING;
    f.blind_since_ms = ONSET_MS + 9 * MINUTE_MS;
    f.cannot_tell = true;
    f.revision = 5;
    return f;
}

static inline struct finding finding_ended(enum finding_state state, const char *reason)
{
    struct finding f = finding_firing();
    f.state = state;
    f.reason = reason;
    f.slot_ms = f.resolved_ms = ONSET_MS + 41 * MINUTE_MS;
    f.revision = 9;
    f.causes_len = 1;
    f.remedies_len = 0;
    f.next_command = NULL;
    f.next_check = (struct text)T("", "");
    return f;
}

/* What a client may call itself, and what would happen to a careless program. */
static inline struct finding finding_hostile(void)
{
    static char long_text[4096];
    static struct finding_cause bad_causes[8];
    static struct finding_remedy bad_remedies[3];
    static struct finding_link bad_links[] = {{"<script>|", "https://example.org/a b\"><script>|x"}, {"js", "javascript:alert(1)"}, {"login", "https://user:secret@example.org/"}};
    static const char title[] = "<!channel> <@U1> a&b &lt; ` ``` *bold* _it_ ~s~ | >quote \r\nBcc: evil@example.org \xe2\x80\xae" "evil\xe2\x80\xac \xff\xfe \"}};";
    memset(long_text, 0, sizeof long_text);
    for (size_t i = 0; i + 6 < 4000; i += 6)
        memcpy(long_text + i, "&<>`한", 6); /* of 7 bytes: the last is cut, so it is not UTF-8 either */
    struct finding f = finding_firing();
    f.entity.items[0] = (struct label){"group", title};
    f.entity.items[1] = (struct label){"topic", "*_~__x"};
    f.title = (struct text){{title, title}};
    f.effect = (struct text){{long_text, long_text}};
    for (size_t i = 0; i < 8; i++) {
        bad_causes[i] = causes[0];
        bad_causes[i].title = i % 2 ? f.title : f.effect;
        if (i >= 4)
            bad_causes[i].verdict = VERDICT_RULED_OUT;
    }
    bad_remedies[0] = (struct finding_remedy){.cause = "x", .text = f.title, .command = "tool --group '$(reboot)' --topic '; rm -rf / #'", .risk = RISK_READ_ONLY};
    bad_remedies[1] = (struct finding_remedy){.cause = "x", .text = f.title, .command = "tool --group 'a\nreboot\n'", .risk = RISK_SAFE};
    bad_remedies[2] = (struct finding_remedy){.cause = "x", .text = f.title, .command = "tool --group '```<!here>`reboot`'", .risk = RISK_IRREVERSIBLE};
    f.causes = bad_causes;
    f.causes_len = 8;
    f.remedies = bad_remedies;
    f.remedies_len = 3;
    f.links = bad_links;
    f.links_len = 3;
    return f;
}

#undef T
#endif
