#include "tests/support/network_namespace.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>

#include <gtest/gtest.h>

#include "tests/support/eventually.hpp"

namespace tests {

namespace {
// Of the child: none of them is one that a sanitizer uses.
constexpr int all_good = 0;
constexpr int assertions_failed = 3;
constexpr int no_namespace = 4;

bool write_file(const std::string& path, const std::string& text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const bool good = file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) ::close(file);
  return good;
}

bool enter() {
  const std::string user = std::to_string(::geteuid());
  const std::string group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  write_file("/proc/self/setgroups", "deny");
  return write_file("/proc/self/uid_map", "0 " + user + " 1") &&
         write_file("/proc/self/gid_map", "0 " + group + " 1") && ip("link set lo up");
}

bool is_running(const std::string& interface) {
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  const int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool answered = ::ioctl(any, SIOCGIFFLAGS, &request) == 0;
  ::close(any);
  return answered && (request.ifr_flags & IFF_RUNNING) != 0;
}

[[noreturn]] void be_child(const std::function<void()>& body) {
  if (!enter()) ::_exit(no_namespace);
  try {
    body();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "An exception: " << error.what();
  }
  std::fflush(nullptr);
  ::_exit(testing::Test::HasFailure() ? assertions_failed : all_good);
}
}  // namespace

NamespaceOutcome in_network_namespace(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return {Namespace::unavailable, std::string("fork: ") + std::strerror(errno)};
  if (child == 0) be_child(body);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == all_good) return {};
  if (WIFEXITED(status) && WEXITSTATUS(status) == no_namespace)
    return {Namespace::unavailable, "this machine gives no network namespace to this user (unshare -rn fails)"};
  return {Namespace::failed, "the child ended with " + std::to_string(status)};
}

bool ip(const std::string& arguments) {
  return std::system(("ip " + arguments + " >/dev/null 2>&1").c_str()) == 0;  // NOLINT(concurrency-mt-unsafe)
}

bool add_cable(const std::string& one, const std::string& address, const std::string& other,
               const std::string& other_address) {
  if (!ip("link add " + one + " type veth peer name " + other)) return false;
  for (const auto& [name, its] : {std::pair{one, address}, std::pair{other, other_address}}) {
    const std::string settings = "/proc/sys/net/ipv4/conf/" + name;
    if (!ip("address add " + its + "/24 broadcast + dev " + name) || !ip("link set " + name + " up") ||
        !write_file(settings + "/accept_local", "1") || !write_file(settings + "/rp_filter", "0"))
      return false;
  }
  // The kernel connects them in the background, and drops what is sent before. It does so under the lock that every
  // change of an interface takes.
  return write_file("/proc/sys/net/ipv4/conf/all/rp_filter", "0") &&
         eventually([&] { return is_running(one) && is_running(other); }) && ip("link set " + one + " up");
}

void drop_capabilities() {
  __user_cap_header_struct head{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const std::array<__user_cap_data_struct, 2> none{};
  if (::syscall(SYS_capset, &head, none.data()) != 0) ADD_FAILURE() << "capset: " << std::strerror(errno);
}

}  // namespace tests
