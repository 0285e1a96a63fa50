// A movie that says that its pictures are in another file. No sandbox in this program: what is not opened here is not
// opened because process() does not try.
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "tests/unit/transcode/media/fixture.hpp"
#include "tests/unit/transcode/references/references.hpp"

namespace transcode::test {
namespace {

// Tells whether a file was opened since it was made.
class Watched {
 public:
  explicit Watched(const std::filesystem::path& file)
      : events_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
        watching_(inotify_add_watch(events_, file.c_str(), IN_OPEN | IN_ACCESS) >= 0) {}
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  ~Watched() { close(events_); }
  bool opened() const {
    std::array<char, 4096> events{};
    return !watching_ || read(events_, events.data(), events.size()) > 0;
  }

 private:
  int events_;
  bool watching_;
};

class References : public testing::Test {
 protected:
  References() { write(secret_, small_movie()); }
  static void write(const std::filesystem::path& path, ByteView bytes) {
    std::ofstream(path, std::ios::binary) << base::as_text(bytes);
  }

  tests::TempFolder folder_;
  const std::filesystem::path secret_ = folder_ / "secret.mov";
};

// Without which the others prove nothing.
TEST_F(References, AProgramThatFollowsThemOpensTheOtherFile) {
  const auto lure = folder_ / "lure.mov";
  write(lure, pointing_outside("alis", secret_));
  const Watched watched(secret_);
  const std::string options = "-nostdin -v error -enable_drefs 1 -use_absolute_path 1 -i ";
  const auto followed = shell("ffmpeg " + options + lure.string() + " -f null -");
  EXPECT_EQ(followed.exit, 0);
  EXPECT_EQ(followed.output, "") << "all its pictures are those of the other file";
  EXPECT_TRUE(watched.opened());
}

TEST_F(References, LeadNowhere) {
  for (const char* type : {"alis", "url "}) {
    SCOPED_TRACE(type);
    const Bytes lure = pointing_outside(type, secret_);
    const Watched watched(secret_);
    const auto result =
        run(folder_, Format::mp4, lure, {Derived::thumbnail, Derived::strip, Derived::remux, Derived::playback});
    EXPECT_FALSE(watched.opened());
    ASSERT_FALSE(result.report) << "there is no picture in the file itself";
    EXPECT_EQ(result.report.error().code, base::Errc::corrupt);
    EXPECT_TRUE(result.report.error().message.ends_with('.')) << result.report.error().message;
    EXPECT_THAT(result.report.error().message, testing::Not(testing::HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace transcode::test
