// Virtual time and chosen chances: no test waits.
#include "storage/objects/s3_retry.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "storage/objects/s3_errors.hpp"

namespace storage::s3 {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const base::SteadyTime start{};

TEST(S3Retry, JudgesAnswers) {
  struct Row {
    int status;
    std::string_view code;
    Outcome outcome;
  };
  for (const Row& row : std::vector<Row>{{200, "", Outcome::done},
                                         {200, "InternalError", Outcome::transient},
                                         {304, "", Outcome::done},
                                         {400, "InvalidArgument", Outcome::done},
                                         {400, "RequestTimeout", Outcome::transient},
                                         {403, "AccessDenied", Outcome::done},
                                         {403, "RequestTimeTooSkewed", Outcome::done},
                                         {404, "NoSuchKey", Outcome::done},
                                         {408, "", Outcome::transient},
                                         {409, "OperationAborted", Outcome::transient},
                                         {409, "ConditionalRequestConflict", Outcome::transient},
                                         {409, "BucketNotEmpty", Outcome::done},
                                         {412, "PreconditionFailed", Outcome::done},
                                         {429, "", Outcome::throttled},
                                         {500, "InternalError", Outcome::transient},
                                         {501, "NotImplemented", Outcome::done},
                                         {502, "", Outcome::transient},
                                         {503, "", Outcome::throttled},
                                         {503, "SlowDown", Outcome::throttled},
                                         {400, "SlowDown", Outcome::throttled},
                                         {504, "", Outcome::transient}})
    EXPECT_EQ(judge(row.status, row.code), row.outcome) << row.status << ' ' << row.code;
}

TEST(S3Retry, JudgesFaults) {
  for (const Fault fault : {Fault::unreachable, Fault::out_of_time, Fault::broken})
    EXPECT_EQ(judge(Answer{.reply = {.fault = fault}}), Outcome::transient);
  for (const Fault fault : {Fault::untrusted, Fault::too_large, Fault::source, Fault::cancelled})
    EXPECT_EQ(judge(Answer{.reply = {.fault = fault}}), Outcome::done);
}

std::vector<milliseconds> waits(RetryPolicy policy, double chance, Outcome outcome, base::SteadyTime deadline) {
  RetryBudget budget;
  RetrySchedule schedule(policy, budget, deadline, [chance] { return chance; });
  std::vector<milliseconds> all;
  base::SteadyTime now = start;
  while (const auto wait = schedule.after(outcome, now)) {
    all.push_back(*wait);
    now += *wait;
  }
  return all;
}

TEST(S3Retry, DoublesUpToTheLongestWait) {
  RetryPolicy policy;
  policy.max_attempts = 9;
  EXPECT_THAT(waits(policy, 1, Outcome::transient, start + 1h),
              ElementsAre(100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms));
  EXPECT_THAT(waits(policy, 0.5, Outcome::throttled, start + 1h),
              ElementsAre(250ms, 500ms, 1000ms, 2000ms, 2500ms, 2500ms, 2500ms, 2500ms));
  EXPECT_THAT(waits(policy, 0, Outcome::transient, start + 1h), testing::Each(0ms));
}

TEST(S3Retry, NeverWaitsBeyondTheDeadline) {
  EXPECT_THAT(waits({}, 1, Outcome::transient, start + 701ms), ElementsAre(100ms, 200ms, 400ms));
  EXPECT_THAT(waits({}, 1, Outcome::transient, start + 700ms), ElementsAre(100ms, 200ms));
  EXPECT_THAT(waits({}, 1, Outcome::transient, start - 1ms), testing::IsEmpty());
}

TEST(S3Retry, ManyAttemptsDoNotOverflow) {
  RetryPolicy policy;
  policy.max_attempts = 90;
  const auto all = waits(policy, 1, Outcome::transient, base::SteadyTime::max());
  EXPECT_EQ(all.size(), 89U);
  EXPECT_EQ(all.back(), 5000ms);
}

TEST(S3Retry, AnAnswerIsFinal) {
  RetryBudget budget;
  RetrySchedule schedule({}, budget, start + 1h, [] { return 0.0; });
  EXPECT_FALSE(schedule.after(Outcome::done, start));
}

TEST(S3Retry, WaitsAsLongAsTheStoreAsks) {
  RetryBudget budget;
  RetrySchedule schedule({}, budget, start + 10s, [] { return 0.5; });
  EXPECT_EQ(schedule.after(Outcome::throttled, start, 3000ms), 3250ms);
  EXPECT_FALSE(schedule.after(Outcome::throttled, start, 60'000ms)) << "beyond the deadline";
  EXPECT_EQ(parse_retry_after("7"), 7000ms);
  EXPECT_EQ(parse_retry_after("99999999"), 600'000ms);
  for (const char* bad : {"", "-1", "1.5", "soon", "Sat, 21 Nov 2026 10:15:00 GMT", "99999999999999999999"})
    EXPECT_FALSE(parse_retry_after(bad)) << bad;
}

TEST(S3Retry, TheBudgetIsSharedAndEarnedBack) {
  RetryBudget budget;
  const auto fails = [&] {
    RetrySchedule schedule({}, budget, start + 1h, [] { return 0.0; });
    return schedule.after(Outcome::transient, start).has_value();
  };
  const auto succeeds = [&] {
    RetrySchedule schedule({}, budget, start + 1h, [] { return 0.0; });
    EXPECT_FALSE(schedule.after(Outcome::done, start));
  };
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(fails()) << i;
  EXPECT_FALSE(fails()) << "a hundred repetitions, then no more";
  for (int i = 0; i < 9; ++i) succeeds();
  EXPECT_FALSE(fails());
  succeeds();
  succeeds();
  EXPECT_TRUE(fails()) << "ten successes earn one";
  EXPECT_FALSE(fails());
}

// ---- The sentences for what is final.

struct Trouble {
  Fault fault;
  int status;
  std::string code;
  base::Errc errc;
  std::string words;
};

TEST(S3Errors, AreWholeSentencesThatSayWhatToDo) {
  const Location location = parse_url("s3://media/p?endpoint=http://store:9000&region=r-1").value();
  for (const Trouble& trouble : std::vector<Trouble>{
           {Fault::unreachable, 0, "", base::Errc::unavailable, "cannot be reached"},
           {Fault::untrusted, 0, "", base::Errc::refused, "ca=FILE"},
           {Fault::out_of_time, 0, "", base::Errc::unavailable, "did not answer in time"},
           {Fault::broken, 0, "", base::Errc::unavailable, "connection broke"},
           {Fault::none, 403, "InvalidAccessKeyId", base::Errc::refused, "access key"},
           {Fault::none, 403, "SignatureDoesNotMatch", base::Errc::refused, "secret key"},
           {Fault::none, 403, "AccessDenied", base::Errc::refused, "right to list"},
           {Fault::none, 403, "", base::Errc::refused, "Check the credentials"},
           {Fault::none, 400, "ExpiredToken", base::Errc::refused, "expired"},
           {Fault::none, 404, "NoSuchBucket", base::Errc::invalid, "no bucket 'media'"},
           {Fault::none, 404, "NoSuchKey", base::Errc::not_found, "no such object"},
           {Fault::none, 301, "PermanentRedirect", base::Errc::invalid, "lives elsewhere"},
           {Fault::none, 507, "", base::Errc::exhausted, "full"},
           {Fault::none, 403, "QuotaExceeded", base::Errc::exhausted, "quota"},
           {Fault::none, 500, "InternalError", base::Errc::unavailable, "Try again later"},
           {Fault::none, 503, "SlowDown", base::Errc::unavailable, "Try again later"},
           {Fault::none, 400, "BadDigest", base::Errc::corrupt, "checksum"},
           {Fault::none, 405, "", base::Errc::invalid, "is an S3 store"},
       }) {
    Answer answer{.reply = {.fault = trouble.fault, .status = trouble.status}, .error = {.code = trouble.code}};
    const base::Error error = describe_failure(location, "store object 'a'", answer, base::utc_now());
    EXPECT_EQ(error.code, trouble.errc) << error.message;
    EXPECT_THAT(error.message,
                AllOf(testing::StartsWith("The object store s3://media/p/ at http://store:9000 could not store object "
                                          "'a': "),
                      HasSubstr(trouble.words), testing::EndsWith(".")));
  }
}

TEST(S3Errors, NamesTheRightRegion) {
  const Location location = parse_url("s3://media?endpoint=http://store&region=r-1").value();
  Answer answer{.reply = {.status = 400}, .error = {.code = "AuthorizationHeaderMalformed", .region = "r-2"}};
  EXPECT_THAT(describe_failure(location, "x", answer, base::utc_now()).message, HasSubstr("region=r-2"));
  answer.reply.headers = {{"x-amz-bucket-region", "r-3"}};
  EXPECT_THAT(describe_failure(location, "x", answer, base::utc_now()).message, HasSubstr("region=r-3"));
}

TEST(S3Errors, SaysHowFarTheClocksAreApart) {
  const Location location = parse_url("s3://media?endpoint=http://store").value();
  const base::UtcTime theirs = base::parse_iso8601("2026-11-21T10:15:00Z").value();
  Answer answer{.reply = {.status = 403, .headers = {{"date", "Sat, 21 Nov 2026 10:15:00 GMT"}}},
                .error = {.code = "RequestTimeTooSkewed"}};
  const auto words = [&](std::chrono::seconds off) {
    return describe_failure(location, "x", answer, theirs + off).message;
  };
  EXPECT_THAT(words(20min), HasSubstr("20 minutes ahead of its own"));
  EXPECT_THAT(words(-3h), HasSubstr("180 minutes behind its own"));
  EXPECT_THAT(words(90s), HasSubstr("90 seconds ahead of"));
  answer.reply.headers.clear();
  EXPECT_THAT(words(20min), HasSubstr("too far apart"));
}

}  // namespace
}  // namespace storage::s3
