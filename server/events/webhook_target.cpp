#include "server/events/webhook_target.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>

#include "server/base/bytes.hpp"
#include "server/base/version.hpp"
#include "server/curl/handles.hpp"
#include "server/events/signature.hpp"

namespace events {

namespace {
using base::Errc;
using std::chrono::milliseconds;

constexpr milliseconds connect_limit{5'000};
// What a receiver says beside its status is not read further than this.
constexpr std::size_t most_answer_bytes = 16 * 1024;
constexpr long first_success = 200;
constexpr long first_redirection = 300;

class Webhook final : public Target {
 public:
  Webhook(const TargetUrl& target, std::string secret, std::string ca_file, curl::Easy easy)
      : url_(target.url),
        name_(target.name),
        secret_(std::move(secret)),
        ca_file_(std::move(ca_file)),
        easy_(std::move(easy)) {}

  base::Result<> deliver(const Message& message) override {
    const auto signed_with = signature(secret_, base::utc_now(), message.body);
    curl::List headers;
    if (!signed_with || !curl::append(headers, "Content-Type: application/json") || !curl::append(headers, "Expect:") ||
        !curl::append(headers, "Dualcam-Event-Id: " + message.id) ||
        !curl::append(headers, "Dualcam-Signature: " + *signed_with))
      return base::fail(Errc::exhausted, "Memory is too short to send an event.");
    return post(message.body, headers.get());
  }

  void cancel() noexcept override { cancelled_ = true; }

 private:
  static std::size_t count_body(char*, std::size_t size, std::size_t count, void* user) {
    auto& taken = *static_cast<std::size_t*>(user);
    taken += size * count;
    return taken > most_answer_bytes ? 0 : size * count;
  }
  static int watch(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Webhook*>(self)->cancelled_ ? 1 : 0;
  }

  bool prepare(const std::string& body, curl_slist* headers, char* detail, std::size_t& taken) {
    CURL* easy = easy_.get();
    curl_easy_reset(easy);  // the connection is kept
    return curl::set_defaults(easy, ca_file_) && curl::set(easy, CURLOPT_URL, url_.c_str()) &&
           curl::set(easy, CURLOPT_USERAGENT, agent_.c_str()) &&
           curl::set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_limit.count())) &&
           curl::set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(milliseconds(longest_delivery).count())) &&
           curl::set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size())) &&
           curl::set(easy, CURLOPT_POSTFIELDS, body.c_str()) && curl::set(easy, CURLOPT_HTTPHEADER, headers) &&
           curl::set(easy, CURLOPT_WRITEFUNCTION, &Webhook::count_body) && curl::set(easy, CURLOPT_WRITEDATA, &taken) &&
           curl::set(easy, CURLOPT_ERRORBUFFER, detail) && curl::set(easy, CURLOPT_NOPROGRESS, 0L) &&
           curl::set(easy, CURLOPT_XFERINFOFUNCTION, &Webhook::watch) && curl::set(easy, CURLOPT_XFERINFODATA, this);
  }

  base::Result<> post(const std::string& body, curl_slist* headers) {
    std::array<char, CURL_ERROR_SIZE> detail{};
    std::size_t taken = 0;
    const CURLcode code =
        prepare(body, headers, detail.data(), taken) ? curl_easy_perform(easy_.get()) : CURLE_OUT_OF_MEMORY;
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_reset(easy_.get());  // it points to what ends with this function
    // A status that came is what the other side says, also when the connection broke off behind it.
    if (status >= first_success && status < first_redirection) return {};
    if (status >= first_success)
      return base::fail(Errc::unavailable,
                        fmt::format("{} answered {}, and takes an event with 2xx only.", name_, status));
    const std::string_view why = detail.front() == '\0' ? curl_easy_strerror(code) : detail.data();
    return base::fail(Errc::unavailable,
                      fmt::format("{} does not answer: {}.", name_, base::printable(base::as_bytes(why))));
  }

  const std::string url_;
  const std::string name_;
  const std::string secret_;
  const std::string ca_file_;
  const std::string agent_ = "dualcamd/" + std::string(base::version());
  std::atomic<bool> cancelled_ = false;
  const curl::Easy easy_;
};
}  // namespace

base::Result<std::unique_ptr<Target>> open_webhook(const TargetUrl& target, const std::string& secret,
                                                   const std::string& ca_file) {
  curl::Easy easy(curl::started() ? curl_easy_init() : nullptr);
  if (!easy) return base::fail(Errc::exhausted, "libcurl cannot be started for a webhook: memory may be short.");
  return std::make_unique<Webhook>(target, secret, ca_file, std::move(easy));
}

}  // namespace events
