// Which server a command asks, and as whom: as it stands on the command line.
#pragma once

#include <memory>
#include <string>

#include "server/base/result.hpp"
#include "tools/http/client.hpp"

namespace http {

struct Access {
  std::string api = "http://127.0.0.1:8080";
  std::string token;       // perhaps empty
  std::string token_file;  // its first line is the token instead
};

// `invalid`: no token can be read from the file.
base::Result<std::unique_ptr<Client>> client_of(const Access& access);

}  // namespace http
