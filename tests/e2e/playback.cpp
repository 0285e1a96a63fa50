#include "tests/e2e/playback.hpp"

#include <stdio.h>
#include <sys/wait.h>

#include <fmt/format.h>

namespace e2e {

using nlohmann::json;

Ran run(const std::string& command) {
  FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  Ran ran;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) ran.output += static_cast<char>(c);
  ran.exit_code = WEXITSTATUS(::pclose(pipe));
  return ran;
}

void PlaybackTest::send_fleet(const std::string& what) {
  const auto sent = run(fmt::format("'{}' sim --server 127.0.0.1:{} --api {} --quiet {}", DUALCAM_BINARY,
                                    server().port(), server().http_url(), what));
  ASSERT_EQ(sent.exit_code, 0) << sent.output;
}

json PlaybackTest::ask(const std::string& target) {
  return json::parse(http_body(target), nullptr, false);
}

std::vector<json> PlaybackTest::media(const std::string& kind) {
  const json page = ask("/api/v1/media?kind=" + kind);
  return page.contains("items") ? page["items"].get<std::vector<json>>() : std::vector<json>();
}

bool PlaybackTest::comes(const std::string& id, const std::string& what, const std::string& state) {
  return tests::eventually([&] { return ask("/api/v1/media/" + id)[what]["state"] == state; }, long_enough);
}

}  // namespace e2e
