// Where an S3 bucket is, read from
//   s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION&style=path|host&ca=FILE&credentials=FILE&profile=NAME
// Everything but the bucket may be left out: without an endpoint it is AWS in the named region. Credentials never stand
// in it: a URL shows up in logs, process lists and configuration files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace storage::s3 {

// How a request names the bucket: https://HOST/BUCKET/KEY or https://BUCKET.HOST/KEY.
enum class Style : std::uint8_t { path, host };

struct Location {
  std::string bucket;
  std::string prefix;  // empty or ends with '/'
  bool tls = true;
  std::string host;        // of the endpoint, with the brackets of an IPv6 address
  std::uint16_t port = 0;  // 0: what is usual for the scheme
  std::string region = "us-east-1";
  Style style = Style::path;
  std::string ca_file;           // empty: what the system trusts
  std::string credentials_file;  // empty: the environment
  std::string profile = "default";

  // HOST or HOST:PORT as a client writes it in the Host header, the bucket before it in host style.
  std::string authority() const;
  // "https://HOST:PORT", of the endpoint itself: for sentences.
  std::string endpoint() const;
  // "s3://BUCKET/PREFIX at ENDPOINT": for logs.
  std::string describe() const;
};

// `invalid`: a whole sentence that says what makes no sense; it repeats nothing that might be a secret.
base::Result<Location> parse_url(std::string_view url);

}  // namespace storage::s3
