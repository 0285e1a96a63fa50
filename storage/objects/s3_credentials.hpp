// The keys of an S3 store: from a file or from the environment, never from a URL, never in a log.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "storage/objects/s3_url.hpp"

namespace storage::s3 {

struct Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // of temporary credentials, else empty
};

// Lines "access_key = …" and "secret_key = …", or an AWS credentials file with [profiles]. Keys before the first
// section belong to the profile "default". `origin` names the text in errors.
base::Result<Credentials> parse_credentials(std::string_view text, const std::string& profile,
                                            const std::string& origin);

// From the file the location names, else DUALCAMD_S3_ACCESS_KEY, DUALCAMD_S3_SECRET and DUALCAMD_S3_SESSION_TOKEN,
// else AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. `environment` answers like std::getenv.
// `refused`: there are none.
base::Result<Credentials> find_credentials(const Location& location,
                                           const std::function<const char*(const char*)>& environment);

}  // namespace storage::s3
