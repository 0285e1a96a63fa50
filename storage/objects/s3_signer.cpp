#include "storage/objects/s3_signer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace storage::s3 {

namespace {
constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";

// "2026-11-21T10:15:00.123Z" → "20261121T101500Z"
std::string compact_time(base::UtcTime time) {
  std::string text = base::to_iso8601(time).substr(0, 19) + 'Z';
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::string scope_text(std::string_view day, const Scope& scope) {
  return fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
}

std::string escaped_query(const Headers& query) {
  Headers pairs;
  for (const auto& [name, value] : query) pairs.emplace_back(escape(name, false), escape(value, false));
  std::ranges::sort(pairs);  // after escaping: that is the order that counts
  std::string text;
  for (const auto& [name, value] : pairs) text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
  return text;
}

// Leading and trailing blanks go, runs of blanks become one.
std::string canonical_value(std::string_view value) {
  std::string text;
  for (const char c : value)
    if (c != ' ' || (!text.empty() && text.back() != ' ')) text += c;
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string names_of(const Headers& headers) {
  std::string names;
  for (const auto& header : headers) names += fmt::format("{}{}", names.empty() ? "" : ";", header.first);
  return names;
}

std::string signature(const Unsigned& request, const Headers& headers, std::string_view secret_key, const Scope& scope,
                      std::string_view time) {
  const std::string_view day = time.substr(0, 8);
  const std::string canonical = canonical_request(request, headers);
  const std::string text = fmt::format("{}\n{}\n{}\n{}", algorithm, time, scope_text(day, scope),
                                       base::to_hex(sha256(base::as_bytes(canonical))));
  return base::to_hex(hmac_sha256(signing_key(secret_key, day, scope), base::as_bytes(text)));
}
}  // namespace

std::string escape(std::string_view text, bool keeps_slashes) {
  std::string escaped;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || (c == '/' && keeps_slashes);
    if (plain)
      escaped += c;
    else
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return escaped;
}

std::string target_of(const Unsigned& request) {
  std::string target = escape(request.path, true);
  if (!request.query.empty()) target += '?' + escaped_query(request.query);
  return target;
}

std::string canonical_request(const Unsigned& request, const Headers& signed_headers) {
  std::string text =
      fmt::format("{}\n{}\n{}\n", request.method, escape(request.path, true), escaped_query(request.query));
  for (const auto& [name, value] : signed_headers) text += fmt::format("{}:{}\n", name, canonical_value(value));
  return text + fmt::format("\n{}\n{}", names_of(signed_headers), request.payload);
}

Sha256 signing_key(std::string_view secret_key, std::string_view day, const Scope& scope) {
  Sha256 key = hmac_sha256(base::as_bytes(fmt::format("AWS4{}", secret_key)), base::as_bytes(day));
  key = hmac_sha256(key, base::as_bytes(scope.region));
  key = hmac_sha256(key, base::as_bytes(scope.service));
  return hmac_sha256(key, base::as_bytes("aws4_request"));
}

Headers sign(const Unsigned& request, const Credentials& credentials, const Scope& scope, base::UtcTime now) {
  const std::string time = compact_time(now);
  Headers sent = request.headers;
  sent.emplace_back("x-amz-content-sha256", request.payload);
  sent.emplace_back("x-amz-date", time);
  if (!credentials.session_token.empty()) sent.emplace_back("x-amz-security-token", credentials.session_token);
  Headers signed_headers = sent;
  signed_headers.emplace_back("host", request.authority);
  std::ranges::sort(signed_headers);
  sent.emplace_back("authorization",
                    fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", algorithm, credentials.access_key,
                                scope_text(std::string_view(time).substr(0, 8), scope), names_of(signed_headers),
                                signature(request, signed_headers, credentials.secret_key, scope, time)));
  return sent;
}

std::string presign(const Unsigned& request, const Credentials& credentials, const Scope& scope, base::UtcTime now,
                    std::chrono::seconds valid_for) {
  const std::string time = compact_time(now);
  const Headers signed_headers{{"host", request.authority}};
  Unsigned full = request;
  full.headers.clear();
  full.payload = unsigned_payload;
  full.query.emplace_back("X-Amz-Algorithm", algorithm);
  full.query.emplace_back("X-Amz-Credential", fmt::format("{}/{}", credentials.access_key,
                                                          scope_text(std::string_view(time).substr(0, 8), scope)));
  full.query.emplace_back("X-Amz-Date", time);
  full.query.emplace_back("X-Amz-Expires",
                          std::to_string(std::clamp(valid_for, std::chrono::seconds{1}, longest_presigned).count()));
  full.query.emplace_back("X-Amz-SignedHeaders", "host");
  if (!credentials.session_token.empty()) full.query.emplace_back("X-Amz-Security-Token", credentials.session_token);
  return fmt::format("{}&X-Amz-Signature={}", target_of(full),
                     signature(full, signed_headers, credentials.secret_key, scope, time));
}

}  // namespace storage::s3
