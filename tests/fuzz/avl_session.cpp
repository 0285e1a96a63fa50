// A tracker's link under arbitrary bytes, good frames in any order, answers, failures and passing time.
// The driver of the unit tests watches the invariants; any failure of it is a crash here.
#include <gtest/gtest.h>

#include "tests/fuzz/reader.hpp"
#include "tests/unit/avl/driver.hpp"
#include "tests/unit/avl/frames.hpp"

using namespace avl::test;

static void step(Driver& driver, fuzz::Reader& in) {
  switch (in.byte()) {
    case 'B': return driver.feed(in.bytes(in.byte()));
    case 'L': return driver.feed(hex(login_hex));
    case 'R': return driver.feed(records(in.byte()));
    case 'F': return driver.feed(hex(all_frames_hex[in.byte() % all_frames_hex.size()]));
    case 'P': return driver.feed(framed(in.bytes(in.byte() + 3U)));
    case 'T': {
      const auto frame = records(in.byte() % 8U);
      return driver.feed(base::ByteView(frame).first(std::min<std::size_t>(in.byte(), frame.size())));
    }
    case 'A': return driver.feed(reply(base::as_text(in.bytes(in.byte()))));
    case 'a': return driver.admit();
    case 'r': return driver.refuse();
    case 's': return driver.stored();
    case 'f': return driver.storage_failed();
    case 'c': driver.command({.text = "camreq:1,1"}); return;
    case 'e': return driver.leave();
    case 'd': return driver.shut_down();
    default: return driver.pass_deadline();
  }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  testing::FLAGS_gtest_throw_on_failure = true;
  Driver driver;
  driver.begin();
  for (fuzz::Reader in{{data, size}}; !in.empty();) step(driver, in);
  driver.run_out();
  return 0;
}
