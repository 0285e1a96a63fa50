// libcurl's handles with an owner, and the few steps every user of it takes.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace curl {

struct FreeEasy {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;  // must not be in a multi handle when it ends
using List = std::unique_ptr<curl_slist, FreeList>;

// The library as a whole, once per process; false when it cannot be started. Any thread.
bool started();

// False when there is no memory for it; any other refusal is a mistake of the caller's.
template <class Value>
bool set(CURL* easy, CURLoption option, Value value) {
  return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

bool append(List& list, const std::string& line);

// Options of whoever talks to a server that is named by configuration: http and https alone, no redirections, no proxy
// whatever the environment says, HTTP/1.1, TLS from 1.2 on and verified, against what the system trusts or `ca_file`.
bool set_defaults(CURL* easy, const std::string& ca_file);

// "Name: value" as it came, the name in lower case; nothing for a line without a colon.
std::optional<std::pair<std::string, std::string>> split_header(std::string_view line);

}  // namespace curl
