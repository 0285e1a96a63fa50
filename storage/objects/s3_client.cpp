#include "storage/objects/s3_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace storage::s3 {

namespace {
class MemoryBody final : public Body {
 public:
  explicit MemoryBody(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const noexcept override { return text_.size(); }
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    const auto rest = base::as_bytes(text_).subspan(std::min<std::uint64_t>(offset, text_.size()));
    const std::size_t count = std::min(rest.size(), out.size());
    std::copy_n(rest.begin(), count, out.begin());
    return count;
  }

 private:
  const std::string text_;
};

const std::string& empty_sha256() {
  static const std::string digest = base::to_hex(sha256({}));
  return digest;
}

Answer with_error(Reply reply) {
  Answer answer{.reply = std::move(reply), .error = {}};
  // The end of an upload in parts may fail behind a status of 200.
  if (answer.reply.fault == Fault::none && !answer.reply.body.empty() &&
      (!answer.reply.ok() || answer.reply.body.find("<Error>") != std::string::npos))
    answer.error = parse_error(answer.reply.body);
  return answer;
}
}  // namespace

std::shared_ptr<Body> memory_body(std::string text) {
  return std::make_shared<MemoryBody>(std::move(text));
}

base::Result<std::shared_ptr<Client>> Client::create(Location location, Credentials credentials, Options options) {
  options.limits.http.ca_file = location.ca_file;
  auto http = Http::create(options.limits.http);
  if (!http) return std::unexpected(http.error());
  return std::shared_ptr<Client>(
      new Client(std::move(location), std::move(credentials), std::move(options), std::move(*http)));
}

Client::Client(Location location, Credentials credentials, Options options, std::unique_ptr<Http> http)
    : location_(std::move(location)),
      credentials_(std::move(credentials)),
      options_(std::move(options)),
      http_(std::move(http)) {}

base::SteadyTime Client::deadline(std::chrono::milliseconds limit, std::uint64_t bytes) const {
  return base::steady_now() + limit + std::chrono::seconds(bytes / limits().slowest_bytes_per_s);
}

Unsigned Client::unsigned_request(const Call& call) const {
  std::string path = location_.style == Style::path ? fmt::format("/{}", location_.bucket) : std::string();
  if (!call.object.empty()) path += fmt::format("/{}{}", location_.prefix, call.object);
  if (path.empty()) path.push_back('/');
  return {.method = call.method,
          .authority = location_.authority(),
          .path = std::move(path),
          .query = call.query,
          .headers = call.headers,
          .payload = call.payload.empty() ? empty_sha256() : call.payload};
}

HttpRequest Client::signed_request(const Call& call, base::SteadyTime deadline) const {
  const Unsigned request = unsigned_request(call);
  return {.method = call.method,
          .url = fmt::format("{}://{}{}", location_.tls ? "https" : "http", request.authority, target_of(request)),
          .headers = sign(request, credentials_, {.region = location_.region}, options_.clock()),
          .body = call.body,
          .deadline = deadline};
}

Answer Client::attempt(const Call& call, base::SteadyTime deadline) {
  return with_error(http_->perform(signed_request(call, deadline)));
}

RetrySchedule Client::schedule(base::SteadyTime deadline) {
  return {limits().retry, budget_, deadline, random_chance};
}

Answer Client::call(const Call& call, base::SteadyTime deadline) {
  RetrySchedule retry = schedule(deadline);
  for (;;) {
    const std::uint64_t bytes = call.body ? call.body->size() : 0;
    Answer answer = attempt(call, std::min(deadline, this->deadline(limits().attempt, bytes)));
    const std::string* asked = answer.reply.header("retry-after");
    const auto wait =
        retry.after(judge(answer), base::steady_now(), asked == nullptr ? std::nullopt : parse_retry_after(*asked));
    if (!wait) return answer;
    std::this_thread::sleep_for(*wait);
  }
}

std::unique_ptr<Download> Client::download(const Call& call) {
  return http_->download(signed_request(call, base::SteadyTime::max()));
}

std::string Client::presigned_url(const std::string& object, std::chrono::seconds valid_for) const {
  const Unsigned request = unsigned_request({.method = "GET", .object = object});
  return fmt::format("{}://{}{}", location_.tls ? "https" : "http", request.authority,
                     presign(request, credentials_, {.region = location_.region}, options_.clock(), valid_for));
}

std::unexpected<base::Error> Client::failed(std::string_view action, const Answer& answer) const {
  return std::unexpected(describe_failure(location_, action, answer, options_.clock()));
}

}  // namespace storage::s3
