#include "storage/objects/s3_errors.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <optional>

namespace storage::s3 {

namespace {
using base::Errc;

struct Problem {
  Errc code;
  std::string reason;
};

std::string shown(std::string_view text) {
  return base::printable(base::as_bytes(text), 300);
}

std::optional<Problem> fault_problem(const Reply& reply) {
  const std::string detail = shown(reply.detail);
  switch (reply.fault) {
    case Fault::none: return std::nullopt;
    case Fault::unreachable:
      return Problem{Errc::unavailable, fmt::format("it cannot be reached ({}). Check the endpoint in the URL, the "
                                                    "network between, and that the store is running",
                                                    detail)};
    case Fault::untrusted:
      return Problem{
          Errc::refused,
          fmt::format("no TLS connection to it can be trusted ({}). Give ca=FILE with the certificate of its "
                      "authority, use the host name that is in the certificate, and http:// only where the "
                      "port speaks no TLS",
                      detail)};
    case Fault::out_of_time:
      return Problem{
          Errc::unavailable,
          fmt::format("it did not answer in time ({}). Check that the store is healthy and not overloaded", detail)};
    case Fault::broken:
      return Problem{Errc::unavailable, fmt::format("the connection broke ({}). Check that the store is running and "
                                                    "that the endpoint's scheme and port are those of S3",
                                                    detail)};
    case Fault::too_large:
      return Problem{Errc::unavailable, "it answered with more than any S3 store does. Check the endpoint"};
    case Fault::source:
      return Problem{reply.source ? reply.source->code : Errc::io,
                     fmt::format("the local file cannot be read as it was announced: {}",
                                 reply.source ? reply.source->message : "")};
    case Fault::cancelled: return Problem{Errc::unavailable, "the program is ending"};
  }
  return std::nullopt;
}

std::optional<base::UtcTime> server_time(const Reply& reply) {
  const std::string* date = reply.header("date");
  return date == nullptr ? std::nullopt : parse_http_date(*date);
}

std::string skew_reason(const Reply& reply, base::UtcTime now) {
  const auto theirs = server_time(reply);
  if (!theirs) return "this machine's clock and its own are too far apart. Set the clocks with NTP";
  const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(now - *theirs).count();
  const auto apart = ahead < 0 ? -ahead : ahead;
  const std::string span = apart < 120 ? fmt::format("{} seconds", apart) : fmt::format("{} minutes", apart / 60);
  return fmt::format("this machine's clock is {} {} its own, and S3 takes 15 minutes at most. Set the clocks with NTP",
                     span, ahead < 0 ? "behind" : "ahead of");
}

struct KnownCode {
  std::string_view code;
  Errc errc;
  std::string_view reason;
};
constexpr std::array<KnownCode, 20> known_codes{{
    {"InvalidAccessKeyId", Errc::refused,
     "it does not know the access key. Check the credentials and that they are of this store"},
    {"SignatureDoesNotMatch", Errc::refused, "the secret key does not belong to the access key. Check the credentials"},
    {"ExpiredToken", Errc::refused, "the temporary credentials have expired. Get new ones and start again"},
    {"InvalidToken", Errc::refused, "it does not take the session token. Check the credentials"},
    {"AccessDenied", Errc::refused,
     "it denies access. Give these credentials the right to list the bucket and to put, get and delete its objects"},
    {"AccountProblem", Errc::refused, "there is a problem with the account. Ask the operator of the store"},
    {"AllAccessDisabled", Errc::refused, "the account is disabled. Ask the operator of the store"},
    {"UserSuspended", Errc::refused, "the user is suspended. Ask the operator of the store"},
    {"NoSuchKey", Errc::not_found, "there is no such object"},
    {"PreconditionFailed", Errc::conflict, "the object was replaced by another one meanwhile"},
    {"InvalidBucketName", Errc::invalid, "it takes no bucket of that name. Correct the bucket in the URL"},
    {"QuotaExceeded", Errc::exhausted, "its quota is used up. Raise the quota or delete objects"},
    {"EntityTooLarge", Errc::exhausted, "the file is larger than it takes"},
    {"InsufficientCapacity", Errc::exhausted, "it is full. Add storage or delete objects"},
    {"XAmzContentSHA256Mismatch", Errc::corrupt, "what arrived does not have the SHA-256 that was announced"},
    {"BadDigest", Errc::corrupt, "what arrived does not have the checksum that was announced"},
    {"InvalidDigest", Errc::corrupt, "what arrived does not have the checksum that was announced"},
    {"IncompleteBody", Errc::unavailable, "the file arrived cut short"},
    {"NoSuchUpload", Errc::unavailable, "it has forgotten the upload under way. Try again"},
    {"InvalidPart", Errc::unavailable, "it has lost a part of the upload. Try again"},
}};

std::optional<Problem> code_problem(const Location& location, const Answer& answer, base::UtcTime now) {
  const std::string& code = answer.error.code;
  if (code == "RequestTimeTooSkewed") return Problem{Errc::refused, skew_reason(answer.reply, now)};
  if (code == "NoSuchBucket")
    return Problem{Errc::invalid, fmt::format("there is no bucket '{}'. Create it, or correct the bucket, the endpoint "
                                              "or style= in the URL",
                                              location.bucket)};
  const std::string* header = answer.reply.header("x-amz-bucket-region");
  const std::string region = header != nullptr ? shown(*header) : answer.error.region;
  if (code == "PermanentRedirect" || code == "TemporaryRedirect" || code == "AuthorizationHeaderMalformed" ||
      code == "IllegalLocationConstraintException" || answer.reply.status == 301 || answer.reply.status == 307)
    return Problem{Errc::invalid, region.empty() || region == location.region
                                      ? "the bucket lives elsewhere. Correct region= and endpoint= in the URL"
                                      : fmt::format("the bucket lives in the region '{}'. Set region={} in the URL, "
                                                    "and the endpoint of that region",
                                                    region, region)};
  for (const KnownCode& known : known_codes)
    if (known.code == code) return Problem{known.errc, std::string(known.reason)};
  return std::nullopt;
}

Problem status_problem(const Answer& answer) {
  const int status = answer.reply.status;
  const std::string said = answer.error.code.empty()
                               ? fmt::format("status {}", status)
                               : fmt::format("status {}, {}{}{}", status, answer.error.code,
                                             answer.error.message.empty() ? "" : ": ", answer.error.message);
  if (status == 507) return {Errc::exhausted, "it is full. Add storage or delete objects"};
  if (judge(answer) != Outcome::done || status >= 500)
    return {Errc::unavailable, fmt::format("it has trouble of its own ({}). Try again later", said)};
  if (status == 403)
    return {Errc::refused, fmt::format("it denies access ({}). Check the credentials and their rights", said)};
  if (status == 404) return {Errc::not_found, "there is no such object"};
  return {Errc::invalid,
          fmt::format("it does not take the request ({}). Check that the endpoint is an S3 store", said)};
}
}  // namespace

Outcome judge(const Answer& answer) noexcept {
  switch (answer.reply.fault) {
    case Fault::none: return judge(answer.reply.status, answer.error.code);
    case Fault::unreachable:
    case Fault::out_of_time:
    case Fault::broken: return Outcome::transient;
    case Fault::untrusted:
    case Fault::too_large:
    case Fault::source:
    case Fault::cancelled: break;
  }
  return Outcome::done;
}

std::optional<base::UtcTime> parse_http_date(const std::string& text) {
  const auto seconds = curl_getdate(text.c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return base::UtcTime(std::chrono::seconds(seconds));
}

base::Error describe_failure(const Location& location, std::string_view action, const Answer& answer,
                             base::UtcTime now) {
  auto problem = fault_problem(answer.reply);
  if (!problem) problem = code_problem(location, answer, now);
  if (!problem) problem = status_problem(answer);
  return {.code = problem->code,
          .message = fmt::format("The object store {} could not {}: {}.", location.describe(), action, problem->reason),
          .os_error = answer.reply.source ? answer.reply.source->os_error : 0};
}

}  // namespace storage::s3
