#include "server/app/supervisor.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "tests/support/temp_folder.hpp"

namespace {

class Supervisor : public testing::Test {
 protected:
  ~Supervisor() override {
    unsetenv("NOTIFY_SOCKET");
    if (socket_ >= 0) close(socket_);
  }

  // As systemd listens; "@name" is of the abstract namespace.
  void listen(const std::string& path) {
    socket_ = socket(AF_UNIX, SOCK_DGRAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ASSERT_LT(path.size(), sizeof address.sun_path);
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path.front() == '@') address.sun_path[0] = '\0';
    ASSERT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size())),
              0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }

  std::string heard() const {
    std::array<char, 256> bytes{};
    const auto count = recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    return count < 0 ? "nothing" : std::string(bytes.data(), static_cast<std::size_t>(count));
  }

  const tests::TempFolder folder_;
  int socket_ = -1;
};

TEST_F(Supervisor, IsToldThroughItsSocket) {
  listen((folder_.path() / "notify").string());
  EXPECT_TRUE(app::tell_supervisor("READY=1"));
  EXPECT_EQ(heard(), "READY=1");
  EXPECT_TRUE(app::tell_supervisor("STOPPING=1"));
  EXPECT_EQ(heard(), "STOPPING=1");
}

TEST_F(Supervisor, MayBeOfTheAbstractNamespace) {
  listen("@dualcamd-test-" + std::to_string(getpid()));
  EXPECT_TRUE(app::tell_supervisor("READY=1"));
  EXPECT_EQ(heard(), "READY=1");
}

TEST_F(Supervisor, NobodyIsToldWhereThereIsNone) {
  EXPECT_FALSE(app::tell_supervisor("READY=1"));
  setenv("NOTIFY_SOCKET", (folder_.path() / "nobody").c_str(), 1);
  EXPECT_FALSE(app::tell_supervisor("READY=1"));
  setenv("NOTIFY_SOCKET", std::string(200, 'x').c_str(), 1);
  EXPECT_FALSE(app::tell_supervisor("READY=1")) << "longer than an address can be";
  setenv("NOTIFY_SOCKET", "", 1);
  EXPECT_FALSE(app::tell_supervisor("READY=1"));
}

}  // namespace
