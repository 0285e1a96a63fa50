// Another server's media folder, imported by the real command, is what the real server shows.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include <fmt/format.h>

#include "tests/e2e/dualcam_tool.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/eventually.hpp"
#include "tools/sim/clip.hpp"
#include "tools/sim/jpeg.hpp"

namespace e2e {
namespace {

namespace fs = std::filesystem;

base::Bytes clip(std::uint64_t shape) {
  const sim::Clip made = sim::Clip::synthetic(3, shape);
  base::Bytes bytes(made.size());
  made.read({.seed = shape}, 0, bytes);
  return bytes;
}

base::Bytes raw_video(unsigned number) {
  std::string bytes("\0\0\0\1\x40\1", 6);
  bytes += fmt::format("{:06} {}", number, std::string(100'000, 'v'));
  const auto view = base::as_bytes(bytes);
  return {view.begin(), view.end()};
}

class Import : public ToolTest {
 protected:
  void put(std::uint64_t device, const std::string& name, base::ByteView bytes) const {
    const fs::path folder = source_ / std::to_string(device);
    fs::create_directories(folder);
    std::ofstream(folder / name, std::ios::binary) << base::as_text(bytes);
  }
  std::string where() const {
    return embedded() ? fmt::format("--data-dir '{}'", data_dir_.string())
                      : fmt::format("--catalog '{}' --objects '{}'", catalog_url(), objects_url());
  }
  Answer import(const std::string& more = "--json") const {
    return run_tool(
        fmt::format("import '{}' --layout traccar --time-zone Europe/Vilnius {} {}", source_.string(), where(), more));
  }
  // What the API says of a device's files, by the time at which they were received.
  std::map<std::string, nlohmann::json> listed(std::uint64_t device) {
    const auto page = nlohmann::json::parse(http_body(fmt::format("/api/v1/media?imei={}&limit=500", device)));
    std::map<std::string, nlohmann::json> all;
    for (const auto& item : page["items"]) all[item["received_at"].get<std::string>()] = item;
    EXPECT_EQ(all.size(), page["items"].size());
    return all;
  }
  void expect_served(const nlohmann::json& item, base::ByteView bytes, const std::string& kind) {
    EXPECT_EQ(item["kind"], kind);
    EXPECT_EQ(item["camera"], "unknown");
    EXPECT_EQ(item["size"], bytes.size());
    EXPECT_EQ(print_of(base::as_bytes(http_body("/api/v1/media/" + item["id"].get<std::string>() + "/content"))),
              print_of(bytes));
  }

  const fs::path source_ = folder_ / "traccar";
};

TEST_F(Import, ATraccarFolderIsServedAsItWas) {
  const base::Bytes photo = sim::make_photo(1, "one"), other_photo = sim::make_photo(2, "two");
  put(imei(1), "20260704120000.jpg", photo);
  put(imei(1), "20260704120001.h265", clip(1));
  put(imei(2), "20260104120000.jpg", other_photo);
  put(imei(2), "20260104120001.h265", raw_video(7));
  put(imei(2), "20260104120002.jpg", base::ByteView(photo).first(photo.size() - 100));
  put(imei(2), "20260104120003.jpg", {});

  const Answer dry = import("--dry-run --json");
  EXPECT_EQ(dry.exit_code, 1) << dry.text;
  EXPECT_EQ(dry.json["imported"], 4);
  const Answer first = import();
  ASSERT_EQ(first.exit_code, 1) << first.text;
  EXPECT_EQ(first.json["imported"], 4);
  EXPECT_EQ(first.json["refused"], 2);
  expect_proven();

  start();
  EXPECT_NE(http_body("/api/v1/devices").find(std::to_string(imei(1))), std::string::npos);
  auto one = listed(imei(1)), two = listed(imei(2));
  ASSERT_EQ(one.size(), 2U);
  ASSERT_EQ(two.size(), 2U) << "nothing that is not whole";
  expect_served(one["2026-07-04T09:00:00.000Z"], photo, "photo");
  expect_served(one["2026-07-04T09:00:01.000Z"], clip(1), "video");
  expect_served(two["2026-01-04T10:00:00.000Z"], other_photo, "photo");
  expect_served(two["2026-01-04T10:00:01.000Z"], raw_video(7), "video");

  // Devices go on with the new server, and their files beside those of the old one.
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(make_file(1)));
  EXPECT_EQ(stored(imei(1)).size(), 3U);
  if (embedded()) {
    const Answer kept_out = import();
    EXPECT_EQ(kept_out.exit_code, 2) << kept_out.text;
    EXPECT_NE(kept_out.text.find("Another dualcamd uses"), std::string::npos) << kept_out.text;
    ASSERT_EQ(server().terminate(), 0);
  }
  put(imei(1), "20260704120002.jpg", sim::make_photo(3, "three"));
  const Answer again = import();
  EXPECT_EQ(again.json["imported"], 1) << again.text;
  EXPECT_EQ(again.json["there"], 4);
  EXPECT_TRUE(fs::exists(source_ / std::to_string(imei(1)) / "20260704120000.jpg"));
  if (embedded()) start();
  EXPECT_EQ(stored(imei(1)).size(), 4U);
  ASSERT_EQ(server().terminate(), 0);
  expect_proven();
  expect_scrubbed();
}

// Its report goes into a pipe that nobody empties, so that it is in the middle for as long as it takes to kill it.
class InterruptedImport : public Import {
 protected:
  static constexpr unsigned files = 60;
  static constexpr int pipe_bytes = 4096;  // of some of the files

  void begin_and_kill(unsigned told) const {
    const fs::path pipe = folder_ / "report";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(reader, 0);
    ASSERT_GT(::fcntl(reader, F_SETPIPE_SZ, pipe_bytes), 0);
    std::vector<std::string> command{DUALCAM_BINARY, "import", source_, "--json", "--jobs", "3"};
    const std::vector<std::string> place =
        embedded() ? std::vector<std::string>{"--data-dir", data_dir_}
                   : std::vector<std::string>{"--catalog", catalog_url(), "--objects", objects_url()};
    command.insert(command.end(), place.begin(), place.end());
    tests::ChildProcess importing(command, pipe);
    unsigned lines = 0;
    EXPECT_TRUE(tests::eventually([&] {
      for (char c = 0; lines < told && ::read(reader, &c, 1) == 1;)
        if (c == '\n') ++lines;
      return lines == told;
    }));
    importing.signal(SIGKILL);
    EXPECT_EQ(importing.wait_exit(std::chrono::seconds(30)), -SIGKILL) << "it had ended before";
    ::close(reader);
  }
};

TEST_F(InterruptedImport, IsCompletedByTheNextOneAndNothingIsThereTwice) {
  for (unsigned number = 0; number < files; ++number)
    put(imei(1), fmt::format("202607041200{:02}.h265", number), raw_video(number));
  constexpr unsigned told = 6;  // the head of the document, and the lines of five files
  begin_and_kill(told);
  const Answer rest = import();
  ASSERT_EQ(rest.exit_code, 0) << rest.text;
  EXPECT_GE(rest.json["there"], told - 1) << "what was told as imported is there";
  EXPECT_GT(rest.json["imported"], 0);
  EXPECT_EQ(rest.json["imported"].get<unsigned>() + rest.json["there"].get<unsigned>(), files);
  start();
  const auto all = stored(imei(1));
  EXPECT_EQ(all.size(), files);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), files);
  if (embedded()) {
    EXPECT_TRUE(fs::is_empty(data_dir_ / "spool")) << "what was under way is nobody's";
  }
  ASSERT_EQ(server().terminate(), 0);
  // A file that was put and not yet catalogued leaves an object that no row names; the scrub removes it in time.
  const Answer proof =
      run_tool(fmt::format("verify --json --objects '{}' --catalog '{}'", objects_url(), catalog_url()));
  ASSERT_TRUE(proof.json.contains("breaks")) << proof.text;
  for (const auto& found : proof.json["breaks"]) EXPECT_EQ(found["kind"], "object_unknown") << proof.text;
}

}  // namespace
}  // namespace e2e
