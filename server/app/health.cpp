#include "server/app/health.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <string>

#include "server/curl/handles.hpp"

namespace app {
namespace {
constexpr std::chrono::milliseconds patience{5'000};
constexpr std::size_t most_text = 2'000;  // of what it says is wrong

std::size_t keep(const char* bytes, std::size_t size, std::size_t count, void* text) {
  auto& kept = *static_cast<std::string*>(text);
  if (kept.size() < most_text) kept.append(bytes, std::min(size * count, most_text - kept.size()));
  return size * count;
}

// What listens everywhere is reached at home.
std::string reachable(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "[::1]";
  return host.contains(':') ? "[" + host + "]" : host;
}
}  // namespace

base::Result<> ask_health(const Settings& settings, const HealthOptions& options) {
  const std::string url = fmt::format("http://{}:{}/{}", reachable(settings.http_host), settings.http_port,
                                      options.ready ? "readyz" : "healthz");
  const curl::Easy easy(curl::started() ? curl_easy_init() : nullptr);
  std::string text;
  if (!easy || !curl::set_defaults(easy.get(), "") || !curl::set(easy.get(), CURLOPT_URL, url.c_str()) ||
      !curl::set(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count())) ||
      !curl::set(easy.get(), CURLOPT_WRITEFUNCTION, &keep) || !curl::set(easy.get(), CURLOPT_WRITEDATA, &text))
    return base::fail(base::Errc::exhausted, "There is no memory to ask the server.");
  if (const CURLcode done = curl_easy_perform(easy.get()); done != CURLE_OK)
    return base::fail(base::Errc::unavailable, fmt::format("{} does not answer: {}.", url, curl_easy_strerror(done)));
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return base::fail(base::Errc::unavailable, fmt::format("{} answers {}: {}", url, status, text));
  return {};
}

}  // namespace app
