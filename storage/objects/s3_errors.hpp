// What a store's refusal means, and the sentence that tells a person what to do about it. Sans-IO.
#pragma once

#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "storage/objects/s3_http.hpp"
#include "storage/objects/s3_retry.hpp"
#include "storage/objects/s3_url.hpp"
#include "storage/objects/s3_xml.hpp"

namespace storage::s3 {

// An answer with what its body says, if it is an error of S3's.
struct Answer {
  Reply reply;
  ErrorDocument error;

  bool ok() const noexcept { return reply.ok() && error.code.empty(); }
};

// "Sat, 21 Nov 2026 10:15:00 GMT"
std::optional<base::UtcTime> parse_http_date(const std::string& text);

Outcome judge(const Answer& answer) noexcept;

// `action` is what was tried: "store object 'a/b'". `now` is our clock, for the difference to the store's.
//   unavailable: the store does not answer, or has trouble of its own; the same call may succeed later
//   not_found: this object · refused: credentials, rights, TLS, clock · invalid: bucket, region, no S3 at all
//   exhausted: the store is full · corrupt: what arrived is not what we said we sent
base::Error describe_failure(const Location& location, std::string_view action, const Answer& answer,
                             base::UtcTime now);

}  // namespace storage::s3
