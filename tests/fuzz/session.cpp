// A camera session under arbitrary bytes, good frames in any order, answers, failures and passing time.
// The driver of the unit tests watches the invariants; any failure of it is a crash here.
#include <gtest/gtest.h>

#include "tests/fuzz/reader.hpp"
#include "tests/unit/dualcam/device.hpp"
#include "tests/unit/dualcam/driver.hpp"

using namespace dualcam::test;

static const CameraFile file(3 * 1024 + 200);

static void step(Driver& driver, fuzz::Reader& in) {
  switch (in.byte()) {
    case 'B': return driver.feed(in.bytes(in.byte()));
    case 'I': return driver.feed(init(static_cast<std::uint32_t>(in.byte()) << 24, in.byte()));
    case 'P': return driver.feed(path(base::as_text(in.bytes(in.byte()))));
    case 'M': return driver.feed(meta(in.bytes(in.byte())));
    case 'S': return driver.feed(start(in.byte() * 41U));
    case 'Y': return driver.feed(sync(in.byte()));
    case 'X': return driver.feed(status(in.byte()));
    case 'D': return driver.feed(file.packet(in.byte() % 4 + 1U));
    case 'T': return driver.feed(base::ByteView(file.packet(in.byte() % 4 + 1U)).first(in.byte() % 200U));
    case 'E': return driver.feed(file.enhanced_chunk(in.byte() * 16U, in.byte() * 16U));
    case 'o': return driver.open({file.bytes.begin(), file.bytes.begin() + in.byte() % 4 * 1024}, 0, false);
    case 'a': return driver.admit();
    case 'w': return driver.take(static_cast<base::IntakeState>(in.byte() % 3));
    case 's': return driver.stored();
    case 'n': return driver.not_whole();
    case 'f': return driver.storage_failed();
    case 'd': return driver.shut_down(in.byte() != 0);
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
