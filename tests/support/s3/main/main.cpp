// The S3 store of the tests for scripts: starts one, makes a bucket, prints settings for dualcamd and for AWS's tools
// as lines NAME=VALUE, and keeps it until its input ends or a signal comes.
//   test_s3_store BUCKET
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>

#include "tests/support/s3/ceph_store.hpp"

namespace {
void wait_for_end(int signals) {
  std::array<pollfd, 2> wanted{
      {{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}, {.fd = signals, .events = POLLIN, .revents = 0}}};
  std::array<char, 256> ignored{};
  while (poll(wanted.data(), wanted.size(), -1) > 0) {
    if (wanted[1].revents != 0) return;
    if (wanted[0].revents != 0 && read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0) return;
  }
}
}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: test_s3_store BUCKET\n");
    return 2;
  }
  try {
    tests::CephStore store;
    store.make_bucket(arguments[1]);
    // Only now: the daemons must not inherit it.
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT}) sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    const auto& keys = store.credentials();
    fmt::print("DUALCAMD_OBJECTS={}\nDUALCAMD_S3_ACCESS_KEY={}\nDUALCAMD_S3_SECRET={}\nAWS_ENDPOINT={}\n",
               store.url(arguments[1]), keys.access_key, keys.secret_key, store.endpoint());
    std::fflush(stdout);
    wait_for_end(signalfd(-1, &set, SFD_CLOEXEC));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
