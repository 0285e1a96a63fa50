// The only file that sees libnats.
#include "server/events/nats_target.hpp"

#include <fmt/format.h>
#include <nats/nats.h>

#include <atomic>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/log.hpp"

namespace events {

namespace {
using base::Errc;
using std::chrono::milliseconds;

// Two of them, and a publication more, may be needed for one delivery when there is no stream yet.
constexpr milliseconds connect_limit{3'000};
constexpr milliseconds answer_limit{2'000};
static_assert(connect_limit + 3 * answer_limit <= longest_delivery);
// A connection that is lost without a word is noticed by the missing answer; this is for one that is idle.
constexpr milliseconds ping_interval{20'000};
// A stream of our making keeps events so long; whoever wants something else makes it himself.
constexpr std::chrono::nanoseconds kept_in_stream = std::chrono::hours{7 * 24};

template <class T, void (*destroy)(T*)>
struct Free {
  void operator()(T* it) const noexcept { destroy(it); }
};
using Options = std::unique_ptr<natsOptions, Free<natsOptions, natsOptions_Destroy>>;
using Connection = std::unique_ptr<natsConnection, Free<natsConnection, natsConnection_Destroy>>;
using Stream = std::unique_ptr<jsCtx, Free<jsCtx, jsCtx_Destroy>>;
using StreamInfo = std::unique_ptr<jsStreamInfo, Free<jsStreamInfo, jsStreamInfo_Destroy>>;
using PubAck = std::unique_ptr<jsPubAck, Free<jsPubAck, jsPubAck_Destroy>>;

// What went wrong in the last call of this thread, in the library's or the server's words.
std::string words_of(natsStatus status, jsErrCode code = jsErrCode{}) {
  natsStatus last = NATS_OK;
  const char* detail = nats_GetLastError(&last);
  const std::string_view text = detail != nullptr && last == status ? detail : natsStatus_GetText(status);
  const std::string words = base::printable(base::as_bytes(text));
  return code == 0 ? words : fmt::format("{} (error {})", words, static_cast<int>(code));
}

// What the server says without being asked, such as that a subject is forbidden.
void note_error(natsConnection*, natsSubscription*, natsStatus status, void*) {
  base::log::warning("NATS reports an error", {{"reason", words_of(status)}});
}

class Nats final : public Target {
 public:
  Nats(TargetUrl target, std::string ca_file, std::string client)
      : target_(std::move(target)), ca_file_(std::move(ca_file)), client_(std::move(client)) {}

  base::Result<> deliver(const Message& message) override {
    if (cancelled_) return base::fail(Errc::unavailable, "The server is being stopped.");
    auto done = stream_ ? base::Result<>() : connect();
    if (done) done = publish_or_make_stream(message);
    // Whatever it was: a new connection finds out best.
    if (!done) disconnect();
    return done;
  }

  // Its waits are short.
  void cancel() noexcept override { cancelled_ = true; }

 private:
  base::Result<> failed(std::string_view what, const std::string& why) const {
    return base::fail(Errc::unavailable, fmt::format("{} {}: {}.", target_.name, what, why));
  }

  base::Result<Options> options() const {
    natsOptions* made = nullptr;
    natsStatus status = natsOptions_Create(&made);
    Options options(made);
    std::vector<const char*> servers;
    servers.reserve(target_.servers.size());
    for (const std::string& each : target_.servers) servers.push_back(each.c_str());
    const auto also = [&](auto set, auto... values) {
      if (status == NATS_OK) status = set(options.get(), values...);
    };
    also(natsOptions_SetServers, servers.data(), static_cast<int>(servers.size()));
    also(natsOptions_SetName, client_.c_str());
    also(natsOptions_SetTimeout, std::int64_t{connect_limit.count()} / static_cast<std::int64_t>(servers.size()));
    also(natsOptions_SetPingInterval, std::int64_t{ping_interval.count()});
    also(natsOptions_SetAllowReconnect, false);
    also(natsOptions_SetFailRequestsOnDisconnect, true);
    also(natsOptions_SetErrorHandler, &note_error, nullptr);
    if (!target_.user.empty()) also(natsOptions_SetUserInfo, target_.user.c_str(), target_.password.c_str());
    if (target_.tls) also(natsOptions_SetSecure, true);
    if (target_.tls && !ca_file_.empty()) also(natsOptions_LoadCATrustedCertificates, ca_file_.c_str());
    if (status == NATS_OK) return options;
    return base::fail(Errc::unavailable, fmt::format("{} cannot be connected to: {}.", target_.name, words_of(status)));
  }

  base::Result<> connect() {
    const auto with = options();
    if (!with) return std::unexpected(with.error());
    natsConnection* connected = nullptr;
    if (const natsStatus status = natsConnection_Connect(&connected, with->get()); status != NATS_OK)
      return failed("does not answer", words_of(status));
    connection_.reset(connected);
    jsOptions waits{};
    jsOptions_Init(&waits);
    waits.Wait = answer_limit.count();
    jsCtx* stream = nullptr;
    if (const natsStatus status = natsConnection_JetStream(&stream, connected, &waits); status != NATS_OK)
      return failed("has no JetStream for us", words_of(status));
    stream_.reset(stream);
    return {};
  }

  void disconnect() {
    stream_.reset();
    connection_.reset();
  }

  base::Result<> publish_or_make_stream(const Message& message) {
    jsErrCode code{};
    natsStatus status = publish(message, code);
    // Nobody listens to the subject: there is no stream that takes it.
    if (status == NATS_NO_RESPONDERS) {
      if (auto made = make_stream(); !made) return made;
      status = publish(message, code);
    }
    if (status == NATS_OK) return {};
    if (code == JSStreamNotMatchErr)
      return failed(fmt::format("has another stream than {} for the subjects {}.>", target_.stream, target_.prefix),
                    "name that one with stream=, or take other subjects");
    return failed("did not take an event", words_of(status, code));
  }

  natsStatus publish(const Message& message, jsErrCode& code) const {
    const std::string subject = fmt::format("{}.{}.{}", target_.prefix, message.type, message.device);
    jsPubOptions options{};
    jsPubOptions_Init(&options);
    options.MaxWait = answer_limit.count();
    options.MsgId = message.id.c_str();
    if (target_.stream_given) options.ExpectStream = target_.stream.c_str();
    jsPubAck* ack = nullptr;
    const natsStatus status = js_Publish(&ack, stream_.get(), subject.c_str(), message.body.data(),
                                         static_cast<int>(message.body.size()), &options, &code);
    const PubAck taken(ack);
    return status;
  }

  base::Result<> make_stream() const {
    const std::string subjects = target_.prefix + ".>";
    const char* all = subjects.c_str();
    jsStreamConfig config{};
    jsStreamConfig_Init(&config);
    config.Name = target_.stream.c_str();
    config.Subjects = &all;
    config.SubjectsLen = 1;
    config.MaxAge = kept_in_stream.count();
    jsStreamInfo* info = nullptr;
    jsErrCode code{};
    const natsStatus status = js_AddStream(&info, stream_.get(), &config, nullptr, &code);
    const StreamInfo made(info);
    if (status == NATS_OK) {
      base::log::info("a stream for events was made", {{"target", target_.name}, {"stream", target_.stream}});
      return {};
    }
    if (code == JSStreamNameExistErr)
      return failed(fmt::format("has a stream {} that does not take the subjects {}", target_.stream, subjects),
                    "add them to it, or name another one with stream=");
    if (code == JSNotEnabledErr || code == JSNotEnabledForAccountErr || status == NATS_NO_RESPONDERS)
      return failed("has no JetStream", "switch it on in nats-server, for this account, too");
    return failed(
        fmt::format("has no stream for the subjects {}, and none can be made", subjects),
        words_of(status, code) + "; make it by hand, or allow this user $JS.API.STREAM.CREATE." + target_.stream);
  }

  const TargetUrl target_;
  const std::string ca_file_;
  const std::string client_;
  std::atomic<bool> cancelled_ = false;
  Connection connection_;
  Stream stream_;  // gone before the connection
};
}  // namespace

std::unique_ptr<Target> open_nats(const TargetUrl& target, const std::string& ca_file, const std::string& client) {
  return std::make_unique<Nats>(target, ca_file, client);
}

}  // namespace events
