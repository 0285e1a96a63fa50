// The gateway over libcurl.
#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

#include "server/base/bytes.hpp"
#include "server/base/version.hpp"
#include "server/capture/gateway.hpp"
#include "server/capture/gateway_message.hpp"

namespace capture {

namespace {
using base::Errc;
using std::chrono::milliseconds;

// A backend that has heard of us answers in a few words; what follows behind so much is left unread.
constexpr std::size_t most_answer_bytes = 64 * 1024;
constexpr milliseconds connect_limit{5'000};
constexpr milliseconds shortest_deadline{100};
constexpr milliseconds longest_deadline{60'000};

struct FreeEasy {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
struct FreeUrl {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using List = std::unique_ptr<curl_slist, FreeList>;

template <class Value>
bool set(CURL* easy, CURLoption option, Value value) {
  return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

// Scheme, host, port and path: a key may stand in the query.
base::Result<std::string> shown_name(const std::string& text) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
    return base::fail(Errc::invalid, "The gateway's address is no URL; it is one with http:// or https://.");
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https")
    return base::fail(Errc::invalid, "The gateway's address begins with http:// or https://, and with nothing else.");
  if (!part_of(url.get(), CURLUPART_USER).empty() || !part_of(url.get(), CURLUPART_PASSWORD).empty())
    return base::fail(Errc::invalid,
                      "The gateway's address has a name or password in it, which would be seen; use the secret.");
  const std::string port = part_of(url.get(), CURLUPART_PORT);
  const std::string name = fmt::format("{}://{}{}{}", scheme, part_of(url.get(), CURLUPART_HOST),
                                       port.empty() ? "" : ":" + port, part_of(url.get(), CURLUPART_PATH));
  return base::printable(base::as_bytes(name));
}

struct Answer {
  CURLcode code = CURLE_OK;
  std::array<char, CURL_ERROR_SIZE> detail{};
  long status = 0;
  std::string body;
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& body = static_cast<Answer*>(user)->body;
  const std::size_t bytes = std::min(size * count, most_answer_bytes - body.size());
  body.append(data, bytes);
  return bytes;  // less than there is: the rest is not wanted, and the status says all
}

class HttpGateway final : public Gateway {
 public:
  HttpGateway(GatewayOptions options, std::string name, Easy easy)
      : options_(std::move(options)),
        name_(std::move(name)),
        secrets_{options_.secret, options_.sms_password},
        easy_(std::move(easy)) {}

  base::Result<HandedOut> hand_out(const storage::CapturePart& part) override {
    const std::string body = gateway_body(part, options_);
    const auto headers = headers_for(part, body);
    if (!headers) return base::fail(Errc::unavailable, "Memory is too short to hand out a command.");
    const std::scoped_lock lock(mutex_);
    return verdict(post(body, headers.get()));
  }

  void cancel() noexcept override { cancelled_ = true; }

 private:
  List headers_for(const storage::CapturePart& part, const std::string& body) const {
    List list;
    const auto append = [&](const std::string& line) {
      curl_slist* longer = curl_slist_append(list.get(), line.c_str());
      if (longer == nullptr) return false;
      static_cast<void>(list.release());
      list.reset(longer);
      return true;
    };
    bool good = append("Content-Type: application/json") && append("Expect:") &&
                append("Idempotency-Key: " + idempotency_key(part));
    if (good && !options_.secret.empty()) {
      const auto signature = signature_of(body, options_.secret);
      good = signature && append("X-Dualcam-Signature: sha256=" + *signature);
    }
    return good ? std::move(list) : List{};
  }

  static int watch(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<HttpGateway*>(self)->cancelled_ ? 1 : 0;
  }

  bool prepare(Answer& answer, const std::string& body, curl_slist* headers) {
    CURL* easy = easy_.get();
    curl_easy_reset(easy);  // the connection is kept
    return set(easy, CURLOPT_URL, options_.url.c_str()) && set(easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
           set(easy, CURLOPT_FOLLOWLOCATION, 0L) && set(easy, CURLOPT_NOSIGNAL, 1L) &&
           // What the URL says is what is talked to, whatever the environment says.
           set(easy, CURLOPT_PROXY, "") && set(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1}) &&
           set(easy, CURLOPT_USERAGENT, agent_.c_str()) && set(easy, CURLOPT_SSL_VERIFYPEER, 1L) &&
           set(easy, CURLOPT_SSL_VERIFYHOST, 2L) && set(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2}) &&
           (options_.ca_file.empty() || set(easy, CURLOPT_CAINFO, options_.ca_file.c_str())) &&
           set(easy, CURLOPT_CONNECTTIMEOUT_MS,
               static_cast<long>(std::min(connect_limit, options_.deadline).count())) &&
           set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.deadline.count())) &&
           set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size())) &&
           set(easy, CURLOPT_POSTFIELDS, body.c_str()) && set(easy, CURLOPT_HTTPHEADER, headers) &&
           set(easy, CURLOPT_WRITEFUNCTION, &take_body) && set(easy, CURLOPT_WRITEDATA, &answer) &&
           set(easy, CURLOPT_ERRORBUFFER, answer.detail.data()) && set(easy, CURLOPT_NOPROGRESS, 0L) &&
           set(easy, CURLOPT_XFERINFOFUNCTION, &HttpGateway::watch) && set(easy, CURLOPT_XFERINFODATA, this);
  }

  Answer post(const std::string& body, curl_slist* headers) {
    Answer answer;
    if (cancelled_)
      answer.code = CURLE_ABORTED_BY_CALLBACK;
    else
      answer.code = prepare(answer, body, headers) ? curl_easy_perform(easy_.get()) : CURLE_OUT_OF_MEMORY;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    // It points to what ends with this function.
    set(easy_.get(), CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
    return answer;
  }

  base::Result<HandedOut> verdict(const Answer& answer) const {
    constexpr long too_slow = 408, too_early = 425, too_many = 429, server_errors = 500;
    // A status that came is what the other side says, also when the connection broke off behind it.
    if (answer.status >= 200 && answer.status < 300) return HandedOut{.reply = reply_in(answer.body)};
    if (answer.status < 200)
      return base::fail(Errc::unavailable, fmt::format("{} does not answer: {}.", name_, why(answer)));
    const std::string words = words_in(answer.body, secrets_);
    const std::string said = words.empty() ? "without a word" : fmt::format("with \"{}\"", words);
    if (answer.status == too_slow || answer.status == too_early || answer.status == too_many ||
        answer.status >= server_errors)
      return base::fail(Errc::unavailable, fmt::format("{} answered {} {}.", name_, answer.status, said));
    return base::fail(Errc::refused,
                      fmt::format("{} refused the command: it answered {} {}.", name_, answer.status, said));
  }

  static std::string why(const Answer& answer) {
    if (answer.code == CURLE_ABORTED_BY_CALLBACK) return "the server is being stopped";
    const std::string_view detail = answer.detail.data();
    return base::printable(base::as_bytes(detail.empty() ? curl_easy_strerror(answer.code) : detail));
  }

  const GatewayOptions options_;
  const std::string name_;  // in errors
  const std::vector<std::string> secrets_;
  const std::string agent_ = "dualcamd/" + std::string(base::version());
  std::atomic<bool> cancelled_ = false;
  std::mutex mutex_;
  const Easy easy_;
};
}  // namespace

base::Result<std::unique_ptr<Gateway>> open_gateway(const GatewayOptions& options) {
  static const bool initialised = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  auto name = shown_name(options.url);
  if (!name) return std::unexpected(name.error());
  if (options.deadline < shortest_deadline || options.deadline > longest_deadline)
    return base::fail(Errc::invalid,
                      fmt::format("A gateway has {} to {} ms for its answer, not {}.", shortest_deadline.count(),
                                  longest_deadline.count(), options.deadline.count()));
  Easy easy(initialised ? curl_easy_init() : nullptr);
  if (!easy) return base::fail(Errc::exhausted, "libcurl cannot be started for a gateway: memory may be short.");
  return std::make_unique<HttpGateway>(options, std::move(*name), std::move(easy));
}

}  // namespace capture
