#include "server/capture/gateway_message.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <nlohmann/json.hpp>

#include "server/avl/camera_request.hpp"
#include "server/avl/command.hpp"
#include "server/base/bytes.hpp"
#include "server/base/json.hpp"

namespace capture {

namespace {
constexpr std::size_t longest_words = 200;

// A member of a JSON object that is a text; nothing of all else.
std::optional<std::string> text_member(std::string_view body, const char* name) {
  const auto document = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return std::nullopt;
  const auto found = document.find(name);
  if (found == document.end() || !found->is_string()) return std::nullopt;
  auto text = found->get<std::string>();
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

void hide(std::string& text, std::string_view secret) {
  if (secret.empty()) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
    text.replace(at, secret.size(), "***");
}
}  // namespace

std::string gateway_body(const storage::CapturePart& part, const GatewayOptions& options) {
  base::JsonWriter json;
  json.begin_object();
  json.member("request_id", part.request_id.str());
  json.member("part", part.number);
  json.member("part_id", part.id.str());
  json.member("attempt", part.attempts);
  json.member("imei", part.imei.str());
  json.member("command", part.command);
  if (options.sms) json.member("text", avl::sms_text(options.sms_login, options.sms_password, part.command));
  json.member("kind", to_string(part.kind));
  json.key("cameras");
  json.begin_array();
  for (const storage::CaptureFile& file : part.files) json.value(to_string(file.camera));
  json.end_array();
  json.member("from", part.from);
  json.member("duration_s", part.duration_s);
  json.member("deadline", part.due_at);
  json.end_object();
  return std::move(json).take();
}

std::optional<std::string> signature_of(std::string_view body, std::string_view secret) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const base::ByteView bytes = base::as_bytes(body);
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes.data(), bytes.size(), digest.data(),
           &size) == nullptr)
    return std::nullopt;
  return base::to_hex(base::ByteView(digest).first(size));
}

std::string idempotency_key(const storage::CapturePart& part) {
  return fmt::format("{}-{}", part.id.str(), part.attempts);
}

std::optional<std::string> reply_in(std::string_view body) {
  return text_member(body, "reply");
}

std::string words_in(std::string_view body, const std::vector<std::string>& secrets) {
  std::string words(body);
  for (const char* name : {"detail", "message", "error", "reason", "title"})
    if (auto text = text_member(body, name)) {
      words = std::move(*text);
      break;
    }
  for (const std::string& secret : secrets) hide(words, secret);
  return base::printable(base::as_bytes(avl::tidy_text(words)), longest_words);
}

}  // namespace capture
