// A conversation over the loopback, captured by tcpdump.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/unit/tools/capture/made.hpp"

namespace captures::test {
namespace {

class Socket {
 public:
  Socket() : number_(::socket(AF_INET, SOCK_STREAM, 0)) {}
  explicit Socket(int number) : number_(number) {}
  ~Socket() { ::close(number_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const noexcept { return number_; }

 private:
  int number_;
};

// tcpdump of one port of the loopback; it writes each packet when it has it.
class Tcpdump {
 public:
  Tcpdump(const std::string& file, std::uint16_t port) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return;
    const std::string filter = fmt::format("tcp port {}", port);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDERR_FILENO);
      ::close(ends[0]);
      ::execlp("tcpdump", "tcpdump", "-i", "lo", "-U", "-n", "--immediate-mode", "-B", "8192", "-Z", "root", "-w",
               file.c_str(), filter.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    errors_ = ::fdopen(ends[0], "r");
  }
  ~Tcpdump() {
    stop();
    if (errors_ != nullptr) static_cast<void>(std::fclose(errors_));
  }
  Tcpdump(const Tcpdump&) = delete;
  Tcpdump& operator=(const Tcpdump&) = delete;

  // Whether it captures; false: it is not there, or may not.
  bool started() {
    std::array<char, 512> line{};
    while (std::fgets(line.data(), line.size(), errors_) != nullptr)
      if (std::string_view(line.data()).find("listening on") != std::string_view::npos) return true;
    return false;
  }
  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGINT);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  std::FILE* errors_ = nullptr;
};

std::size_t bytes_in(const std::string& path, std::string_view wanted) {
  const auto capture = read({path});
  if (!capture) return 0;
  std::size_t ends = 0;
  for (const Conversation& of : capture->conversations)
    for (const Event& event : of.events) ends += event.kind == Event::Kind::end ? 1 : 0;
  const bool all = capture->conversations.size() == 1 && text(capture->conversations[0].device_bytes) == wanted;
  return all && ends == 2 ? 1 : 0;
}

TEST(Tcpdump, OfTheLoopbackIsReadBack) {
  const Socket listener;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener.get(), generic, size), 0);
  ASSERT_EQ(::getsockname(listener.get(), generic, &size), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  const std::uint16_t port = ntohs(address.sin_port);
  const std::string path = fmt::format("{}tcpdump-{}.pcap", ::testing::TempDir(), ::getpid());
  Tcpdump tcpdump(path, port);
  if (!tcpdump.started()) GTEST_SKIP() << "tcpdump is not installed, or may not capture here";

  std::string sent;
  for (int n = 0; sent.size() < 30'000; ++n) sent += fmt::format("{:06} ", n);
  std::string answer = "so be it";
  std::thread server_thread([&] {
    const Socket peer(::accept(listener.get(), nullptr, nullptr));
    std::array<char, 4096> block{};
    for (std::size_t got = 0; got < sent.size();) {
      const ssize_t part = ::read(peer.get(), block.data(), block.size());
      if (part <= 0) break;
      got += static_cast<std::size_t>(part);
    }
    EXPECT_EQ(::write(peer.get(), answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
  });
  {
    const Socket client;
    ASSERT_EQ(::connect(client.get(), generic, size), 0);
    for (std::size_t done = 0; done < sent.size();) {
      const ssize_t part = ::write(client.get(), sent.data() + done, sent.size() - done);
      ASSERT_GT(part, 0);
      done += static_cast<std::size_t>(part);
    }
    std::array<char, 64> got{};
    EXPECT_EQ(::read(client.get(), got.data(), got.size()), static_cast<ssize_t>(answer.size()));
    EXPECT_EQ(::read(client.get(), got.data(), got.size()), 0);
  }
  server_thread.join();
  // It writes what the kernel gives it; the last packet is the client's FIN.
  for (int tries = 0; tries < 1000 && bytes_in(path, sent) == 0; ++tries) ::usleep(10'000);
  tcpdump.stop();
  const auto capture = read({path});
  std::remove(path.c_str());
  ASSERT_TRUE(capture.has_value()) << capture.error().message;
  EXPECT_TRUE(capture->problems.empty()) << capture->problems.front();
  ASSERT_EQ(capture->conversations.size(), 1U);
  const Conversation& only = capture->conversations[0];
  EXPECT_EQ(only.server.port, port);
  EXPECT_TRUE(text(only.device_bytes) == sent);
  EXPECT_EQ(text(only.server_bytes), answer);
  EXPECT_EQ(only.damage.missing_bytes, 0U);
  EXPECT_FALSE(only.damage.no_beginning);
}

}  // namespace
}  // namespace captures::test
