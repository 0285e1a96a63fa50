// A thousand answers and streams that are none: each ends in time and with a reason, and the client goes on.
#include <fstream>

#include "server/base/bytes.hpp"
#include "tests/support/environment.hpp"
#include "tests/unit/net_relay/http_fixture.hpp"
#include "tests/unit/net_relay/http_malformed.hpp"

namespace net::relay {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t all_cases = 1000;
#ifdef __has_feature
constexpr bool sanitized = __has_feature(address_sanitizer);
#else
constexpr bool sanitized = false;
#endif
// AddressSanitizer keeps what is freed for a while: 256 MiB of it, and what it notes of it.
constexpr std::size_t freed_but_held_kib = sanitized ? 512 * 1024 : 0;

constexpr std::size_t at_once = 24;
constexpr milliseconds case_deadline{400};
constexpr milliseconds idle{200};
constexpr std::size_t most_of_a_stream = 500'000;  // then it is left
constexpr std::size_t most_of_an_answer = 100'000;

std::size_t memory_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  return 0;
}

class HttpMalformedTest : public HttpTest {
 protected:
  struct Case {
    base::SteadyTime began;
    HttpClient::Id id = 0;
    std::size_t bytes = 0;
  };

  void begin(std::uint64_t number) {
    ++running;
    Case& one = cases[number];
    one.began = base::steady_now();
    HttpRequest request{.url = server.url("/case/" + std::to_string(number)),
                        .deadline = case_deadline,
                        .most_body = most_of_an_answer};
    if (number % 2 == 0) {
      client->ask(std::move(request), [this, number](const base::Result<HttpAnswer>& answer) {
        EXPECT_TRUE(!answer || answer->body.size() <= most_of_an_answer);
        ended(number, answer ? "answer" : std::string(base::to_string(answer.error().code)), case_deadline);
        if (!answer) looks_like_a_sentence(answer.error());
      });
      return;
    }
    one.id = client->stream(std::move(request), idle,
                            {.head = nullptr,
                             .bytes = [this, number](base::ByteView bytes) { streamed(number, bytes.size()); },
                             .ended =
                                 [this, number](const base::Error& why) {
                                   looks_like_a_sentence(why);
                                   ended(number, "stream " + std::string(base::to_string(why.code)), longest_stream);
                                 }});
  }

  void streamed(std::uint64_t number, std::size_t bytes) {
    Case& one = cases[number];
    one.bytes += bytes;
    if (one.bytes < most_of_a_stream) return;
    client->cancel(one.id);
    ended(number, "stream left", longest_stream);
  }

  static void looks_like_a_sentence(const base::Error& why) {
    EXPECT_TRUE(why.message.ends_with('.') && why.message.size() < 400) << why.message;
  }

  void ended(std::uint64_t number, const std::string& outcome, milliseconds limit) {
    const auto took = std::chrono::duration_cast<milliseconds>(base::steady_now() - cases[number].began);
    EXPECT_LE(took, limit + slack) << malformed(number).kind << ", case " << number;
    ++outcomes[malformed(number).kind][outcome];
    ++total;
    --running;
  }

  // A loaded machine with a sanitizer is late.
  static constexpr milliseconds slack{3000};
  // Drips keep one alive, and have an end.
  static constexpr milliseconds longest_stream = case_deadline + idle + milliseconds{20 * 60};

  Server server{[](Connection& connection) {
    const std::string head = connection.read_head();
    const auto at = head.find("/case/");
    if (at == std::string::npos)
      connection.send(ok("still here"));
    else
      malformed(std::stoull(head.substr(at + 6))).play(connection);
  }};
  std::map<std::uint64_t, Case> cases;
  std::map<std::string, std::map<std::string, int>> outcomes;
  std::size_t running = 0;
  std::uint64_t total = 0;
};

TEST_F(HttpMalformedTest, AThousandOfThemEndInTimeAndTheClientGoesOn) {
  const auto first = tests::from_environment<std::uint64_t>("DUALCAM_SEED", 1);
  std::uint64_t next = first;
  const std::size_t memory_before = memory_kib();
  std::size_t memory_most = 0;
  ASSERT_TRUE(run_until(
      [&] {
        while (running < at_once && next < first + all_cases) begin(next++);
        memory_most = std::max(memory_most, memory_kib());
        return total == all_cases;
      },
      5 * tests::patience))
      << total << " of " << all_cases << " ended";
  EXPECT_EQ(client->under_way(), 0u);
  for (const auto& [kind, counted] : outcomes)
    for (const auto& [outcome, count] : counted) printf("  %-12s %-22s %d\n", kind.c_str(), outcome.c_str(), count);
  constexpr std::size_t bound_kib = 64 * 1024;
  EXPECT_LT(memory_most, memory_before + bound_kib + freed_but_held_kib);
  printf("  memory: %zu KiB, at most %zu KiB\n", memory_before, memory_most);
  const auto answer = ask({.url = server.url("/good")});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(base::as_text(answer->body), "still here");
}

}  // namespace
}  // namespace net::relay
