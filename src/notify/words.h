/*
 * The fixed words of messages in every language. `{0}` … take values; in Korean no particle stands right after a value, since its form would depend on
 * the value's last sound.
 */
#ifndef NOTIFY_WORDS_H
#define NOTIFY_WORDS_H

#include "base/strbuf.h"
#include "model/finding.h"

#define WORDS(X)                                                                                                                                   \
    X(W_INFO, "INFO", "정보")                                                                                                                      \
    X(W_WARNING, "WARNING", "경고")                                                                                                                \
    X(W_CRITICAL, "CRITICAL", "심각")                                                                                                              \
    X(W_BLIND, "CANNOT SEE", "확인 불가")                                                                                                          \
    X(W_RESOLVED, "RESOLVED", "해결됨")                                                                                                            \
    X(W_LOST, "LOST SIGHT", "추적 중단")                                                                                                           \
    X(W_REMOVED, "NO LONGER WATCHED", "감시 종료")                                                                                                 \
    X(W_MERGED, "GOES ON ELSEWHERE", "다른 인시던트로 통합")                                                                                       \
    X(W_MERGED_AFTER, "Part of a larger incident since {0} after it began; its message goes on.",                                                  \
      "더 큰 인시던트에 통합되었습니다. 해당 메시지에서 계속됩니다. 경과 시간: {0}.")                                                              \
    X(W_MEMBERS, "Seen with it", "함께 나타난 증상")                                                                                               \
    X(W_OPEN_NOW, "Open now, the worst first", "현재 열린 인시던트(심각한 순)")                                                                     \
    X(W_CLUSTER, "Cluster", "클러스터")                                                                                                            \
    X(W_SINCE, "Since", "시작")                                                                                                                    \
    X(W_BLIND_SINCE, "Cannot be seen since", "확인 불가 시작")                                                                                     \
    X(W_FLAPS, "Comes and goes", "반복 발생")                                                                                                      \
    X(W_FLAPS_TIMES, "{0} times within an hour; from now on it is told when it lasts", "한 시간 안에 {0}회. 이후에는 지속될 때만 알림")              \
    X(W_ACK, "Acknowledged", "확인함")                                                                                                             \
    X(W_PLANNED, "Planned work", "계획된 작업")                                                                                                       \
    X(W_PLANNED_UNTIL, "{0}; it rings if it lasts beyond {1}", "{0}; {1} 이후에도 지속되면 알림이 울림")                                              \
    X(W_ACK_UNTIL, "{0}, until {1}", "{0}, {1}까지")                                                                                               \
    X(W_NUMBERS, "before {0}, now {1}, peak {2}", "이전 {0}, 현재 {1}, 최대 {2}")                                                                  \
    X(W_LIKELY_CAUSES, "Likely causes", "추정 원인")                                                                                               \
    X(W_POSSIBLE_CAUSES, "Possible causes", "가능한 원인")                                                                                         \
    X(W_UNCLEAR, "Cause unclear; most likely: {0}", "원인이 분명하지 않습니다. 가장 유력한 원인: {0}")                                             \
    X(W_UNCLEAR_NONE, "Cause unclear: the evidence supports none of the known causes.",                                                            \
      "원인이 분명하지 않습니다. 증거가 뒷받침하는 알려진 원인이 없습니다.")                                                                      \
    X(W_AGAINST, "against it: {0}", "반대 증거: {0}")                                                                                              \
    X(W_CONFIRMED, "confirmed", "확정")                                                                                                            \
    X(W_LIKELY, "likely", "유력")                                                                                                                  \
    X(W_POSSIBLE, "possible", "가능")                                                                                                              \
    X(W_RULED_OUT_WORD, "ruled out", "제외")                                                                                                       \
    X(W_RULED_OUT, "Ruled out", "제외된 원인")                                                                                                     \
    X(W_NOT_JUDGED, "Could not be judged", "판단하지 못한 항목")                                                                                   \
    X(W_CHECK, "The check that would tell most", "가장 먼저 확인할 것")                                                                            \
    X(W_NEXT, "Do next", "다음 조치")                                                                                                              \
    X(W_READ_ONLY, "read-only", "읽기 전용")                                                                                                       \
    X(W_SAFE, "safe", "안전")                                                                                                                      \
    X(W_DISRUPTIVE, "CHANGES STATE", "상태 변경")                                                                                                  \
    X(W_DATA_LOSS, "MAY LOSE DATA", "데이터 손실 가능")                                                                                            \
    X(W_IRREVERSIBLE, "CANNOT BE UNDONE", "되돌릴 수 없음")                                                                                        \
    X(W_WITHHELD, "(command not shown: a name in it holds special characters)", "(명령 표시 안 함: 이름에 특수 문자가 있음)")                      \
    X(W_RESOLVED_AFTER, "Resolved after {0}.", "{0} 후 해결됨.")                                                                                   \
    X(W_LOST_AFTER, "Lost sight of after {0}; this is not an all-clear.", "데이터가 끊겨 추적을 중단했습니다. 해결된 것이 아닙니다. 경과 시간: {0}.") \
    X(W_REMOVED_AFTER, "No longer watched after {0}, since its rule was removed; this is not an all-clear.",                                       \
      "규칙이 삭제되어 감시를 종료했습니다. 해결된 것이 아닙니다. 경과 시간: {0}.")                                                               \
    X(W_WAS, "It was {0} from {1} to {2}.", "등급: {0}, 기간: {1} – {2}.")                                                                         \
    X(W_CLEARED, "The condition has cleared.", "조건이 해소되었습니다.")                                                                           \
    X(W_GONE, "What it was about is gone.", "대상이 더 이상 존재하지 않습니다.")                                                                   \
    X(W_BLIND_LEAD, "It was firing and cannot be seen since {0}; it is held to be firing until it can.",                                           \
      "발생 중이던 문제를 확인할 수 없습니다(시작: {0}). 확인될 때까지 발생 중으로 간주합니다.")                                                   \
    X(W_CLEARED_LEAD, "This itself has cleared since {0}; what followed from it, listed below, goes on.",                                           \
      "원인이 된 문제는 해소되었으나(시각: {0}) 그 여파인 아래 증상은 아직 계속되고 있습니다.")                                                     \
    X(W_CAUSE_WAS, "Cause shown while firing: {0} ({1})", "발생 중 표시된 원인: {0} ({1})")                                                        \
    X(W_MORE, "… {0} more", "… 외 {0}건")                                                                                                         \
    X(W_UNKNOWN, "unknown", "알 수 없음")                                                                                                          \
    X(W_FOOTER, "rule {0} · incident {1} · revision {2}", "규칙 {0} · 인시던트 {1} · 개정 {2}")                                                    \
    X(W_STILL, "Still {0} after {1}.", "{1} 경과, 현재 등급: {0}.")                                                                                \
    X(W_NOW, "Now {0}.", "현재 등급: {0}.")                                                                                                        \
    X(W_LIKELY_CAUSE, "Likely cause: {0}", "추정 원인: {0}")                                                                                       \
    X(W_DIGEST, "{0} open incidents, told together: {1} critical, {2} warning", "모아 알리는 열린 인시던트 {0}건: 심각 {1}, 경고 {2}")               \
    X(W_DIGEST_OVER, "All incidents of this digest have ended", "이 요약의 인시던트가 모두 종료되었습니다")                                        \
    X(W_DIGEST_WHY, "They opened all at once, or while messages were kept back for the night or another quiet time.",                              \
      "한꺼번에 너무 많이 열렸거나 야간 등 알림을 보류하는 시간에 열려, 여기에 모아 알립니다.")                                                    \
    X(W_DIGEST_SEE, "see all of them", "전체 목록 확인")                                                                                           \
    X(W_TROUBLE, "Messages to {0} do not get through", "메시지 전달 실패: {0}")                                                                    \
    X(W_TROUBLE_WHY, "Nightbell cannot tell this destination anything at present: {0}", "현재 이 대상에 알림을 전달할 수 없습니다. 사유: {0}")      \
    X(W_TROUBLE_LOST, "Nightbell could not tell this destination: “{1}”. Reason: {0}", "전달하지 못한 알림: “{1}”. 사유: {0}")                       \
    X(W_TROUBLE_LIST, "see what waits and what was given up", "대기 중이거나 포기한 메시지 확인")                                                  \
    X(W_TROUBLE_TEST, "send a test message to every destination once the cause is mended", "원인을 고친 뒤 모든 대상에 시험 메시지 전송")           \
    X(W_LINKS, "Links", "링크")

enum word {
#define X(id, en, ko) id,
    WORDS(X)
#undef X
        WORD_COUNT
};

const char *word(enum language lang, enum word w);
const char *word_severity(enum language lang, enum severity s);
const char *word_verdict(enum language lang, enum verdict v);
const char *word_risk(enum language lang, enum risk r);
/* The word with its values put in; `values` for {0}, {1}, {2} (NULL = none). */
const char *word_fill(struct arena *a, enum language lang, enum word w, const char *v0, const char *v1, const char *v2);

#endif
