// AWS Signature Version 4: what makes a request ours. Sans-IO: no clock, no socket; checked with AWS's own examples.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/clock.hpp"
#include "storage/objects/s3_credentials.hpp"
#include "storage/objects/s3_digest.hpp"

namespace storage::s3 {

using Header = std::pair<std::string, std::string>;
using Headers = std::vector<Header>;  // names in lower case

// A request as it is signed. Path and query hold the plain text: escaping is the signer's.
struct Unsigned {
  std::string method;
  std::string authority;  // the Host header
  std::string path;       // "/bucket/key"
  Headers query;
  Headers headers;      // all of them are signed; without host and the x-amz-… ones that signing adds
  std::string payload;  // hexadecimal SHA-256 of the body, or "UNSIGNED-PAYLOAD"
};

struct Scope {
  std::string region;
  std::string service = "s3";
};

// S3 takes presigned addresses that live up to a week.
constexpr std::chrono::seconds longest_presigned{7 * 24 * 3600};

// RFC 3986: all but A-Z a-z 0-9 - . _ ~ becomes %XX; '/' stays where `keeps_slashes`.
std::string escape(std::string_view text, bool keeps_slashes);
// "path?a=b&c=", sorted and escaped, as it is sent and as it is signed.
std::string target_of(const Unsigned& request);

// The headers to send: the given ones, x-amz-content-sha256, x-amz-date, the session token, authorization. Not host.
Headers sign(const Unsigned& request, const Credentials& credentials, const Scope& scope, base::UtcTime now);

// The target of an address that anybody may GET for `valid_for` from `now`. Takes no headers but host.
std::string presign(const Unsigned& request, const Credentials& credentials, const Scope& scope, base::UtcTime now,
                    std::chrono::seconds valid_for);

// For tests: AWS publishes what comes out of these.
std::string canonical_request(const Unsigned& request, const Headers& signed_headers);
Sha256 signing_key(std::string_view secret_key, std::string_view day, const Scope& scope);

}  // namespace storage::s3
