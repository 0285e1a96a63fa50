#include "server/curl/handles.hpp"

#include <algorithm>
#include <cctype>

namespace curl {

namespace {
std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}
}  // namespace

bool started() {
  static const bool good = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return good;
}

bool append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) return false;
  static_cast<void>(list.release());
  list.reset(longer);
  return true;
}

bool set_defaults(CURL* easy, const std::string& ca_file) {
  return set(easy, CURLOPT_PROTOCOLS_STR, "http,https") && set(easy, CURLOPT_FOLLOWLOCATION, 0L) &&
         // What the URL says is what is talked to, whatever the environment says.
         set(easy, CURLOPT_PROXY, "") && set(easy, CURLOPT_PATH_AS_IS, 1L) &&
         // A download that waits for its reader must not hold up others on the same connection.
         set(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1}) && set(easy, CURLOPT_NOSIGNAL, 1L) &&
         // A name server that is silent holds up its own request, not the end of the program.
         set(easy, CURLOPT_QUICK_EXIT, 1L) && set(easy, CURLOPT_TCP_NODELAY, 1L) &&
         set(easy, CURLOPT_SSL_VERIFYPEER, 1L) && set(easy, CURLOPT_SSL_VERIFYHOST, 2L) &&
         set(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2}) &&
         (ca_file.empty() || set(easy, CURLOPT_CAINFO, ca_file.c_str()));
}

std::optional<std::pair<std::string, std::string>> split_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return std::pair{lower(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1)))};
}

}  // namespace curl
