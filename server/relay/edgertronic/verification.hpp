// One trigger for one camera, and the proof that it fired: sans-IO, times come in, orders go out.
//
//   is it ready? → send the datagram (as often as the policy says) → ask for the state until it shows the shot
//   → else send once more → else trigger over HTTP → else unconfirmed
//
// The rule above all: once there may be a shot nothing is sent again, for that would make a second video. So before
// every further try the signs are read: the state, the number of captured buffers, the last saved file, a pre-trigger
// buffer that began anew.
//
// The driver carries out each Orders at once: sends the datagram if told to, starts the one request if there is one (it
// is asked for one at a time, and each has to be answered: status(), last_file(), trigger_result() or
// request_failed()), and calls time() at wake_at. Each call replaces the orders of the one before, except for a request
// that is under way. A Verification belongs to one thread and is used once.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/relay/edgertronic/camapi.hpp"

namespace edgertronic {

struct VerificationPolicy {
  int sends = 1;                                 // datagrams at the start, 1 to max_sends
  std::chrono::milliseconds send_gap{5};         // between them
  std::chrono::milliseconds check_limit{150};    // the trigger waits for the first answers this long at most
  std::chrono::milliseconds poll_interval{40};   // from one question for the state to the next
  std::chrono::milliseconds confirm_limit{600};  // after a try, until it counts as lost
  std::chrono::milliseconds limit{10'000};       // for everything
  bool ask_last_file = true;                     // a deprecated request: some cameras do not know it
  // Off where several cameras hear the datagram: others may have fired already, and saved.
  bool send_again = true;
  bool http_fallback = true;
};
constexpr int max_sends = 3;
constexpr std::chrono::milliseconds longest_poll_interval{50};

// What the driver knows from watching the camera anyway: saves the trigger the time to ask. Not older than a second.
struct Known {
  std::optional<CameraStatus> status;
  std::optional<std::string> last_file;
};

enum class Outcome : std::uint8_t {
  confirmed,
  unconfirmed,       // no sign of a shot, or none that is certain
  refused_by_state,  // not sent: the camera would have dropped it, or lost the shot
  failed,            // not sent, or the camera says that it could not
};
std::string_view to_string(Outcome outcome) noexcept;

enum class Way : std::uint8_t { none, datagram, datagram_again, http };
std::string_view to_string(Way way) noexcept;

struct Report {
  Outcome outcome = Outcome::unconfirmed;
  Way way = Way::none;   // by which try the camera fired, or the last one
  std::string sentence;  // for people
  int datagrams = 0;     // sent in all
  // From the try to the first answer with the shot in it, so up to one poll and one round trip too long. Nothing when
  // the shot was concluded from other signs.
  std::optional<std::chrono::microseconds> latency;
};

enum class Request : std::uint8_t { none, status, last_file, trigger };

struct Orders {
  bool send_datagram = false;
  Request request = Request::none;
  std::optional<base::SteadyTime> wake_at;  // nothing when finished
  bool finished = false;                    // report() has it; nothing more to do
};

class Verification {
 public:
  // Values outside their bounds are moved to the nearest one within.
  explicit Verification(const VerificationPolicy& policy);

  // `sent`: the datagram has left already, at `now`, for a whole group; this one watches.
  Orders begin(base::SteadyTime now, Known known = {}, bool sent = false);

  Orders status(base::SteadyTime now, const CameraStatus& status);
  Orders last_file(base::SteadyTime now, std::string_view name);
  Orders trigger_result(base::SteadyTime now, CallResult result);
  Orders request_failed(base::SteadyTime now, std::string_view why);  // the one under way
  Orders send_failed(base::SteadyTime now, std::string_view why);     // what the last orders told to send
  Orders time(base::SteadyTime now);

  bool finished() const noexcept { return report_.has_value(); }
  const std::optional<Report>& report() const noexcept { return report_; }

 private:
  enum class Phase : std::uint8_t {
    checking,    // for the first status and last file
    watching,    // sent; asking for the state
    doubting,    // nothing seen in time: has a file been saved?
    triggering,  // over HTTP
    last_look,   // the camera refused that: what is its state?
    done,
  };

  Orders carry_on(base::SteadyTime now);
  Orders check(base::SteadyTime now);
  Orders send(base::SteadyTime now, Way way, int datagrams);
  Orders watch(base::SteadyTime now);
  Orders nothing_sent(base::SteadyTime now);
  Orders doubt(base::SteadyTime now);
  Orders next_try(base::SteadyTime now);
  Orders trigger_over_http(base::SteadyTime now);
  Orders ask(base::SteadyTime now, Request request);
  Orders waiting() const;
  Orders confirm(std::string sentence, std::optional<base::SteadyTime> seen = std::nullopt);
  Orders end(Outcome outcome, std::string sentence);

  Orders seen_after(base::SteadyTime now, const CameraStatus& status);
  Orders looked(const CameraStatus& status);
  Orders not_looked();
  bool answers(Request request) noexcept;
  bool captured_more(const CameraStatus& status) const noexcept;
  bool began_anew(const CameraStatus& status) const noexcept;
  base::SteadyTime last_moment() const noexcept { return began_ + policy_.limit; }

  VerificationPolicy policy_;
  Phase phase_ = Phase::checking;
  std::optional<Report> report_;
  std::optional<CameraStatus> before_;  // ready, before the first try
  std::optional<CameraStatus> after_;   // the newest, after the last try
  std::optional<std::string> file_before_;
  std::string trouble_;  // why the last request or sending failed
  Request under_way_ = Request::none;
  bool stale_ = false;        // what is under way was asked before the last try: its answer shows the time before
  bool unreachable_ = false;  // the first question for the state failed
  bool known_ready_ = false;  // before_ is from before the first try for certain: without it there is no second one
  bool file_asked_ = false;
  bool anew_ = false;  // the pre-trigger buffer began anew: perhaps a shot
  bool refused_over_http_ = false;
  Way way_ = Way::none;
  int datagrams_ = 0;
  int to_send_ = 0;  // of this try
  base::SteadyTime began_, tried_, next_send_, next_poll_;
};

}  // namespace edgertronic
