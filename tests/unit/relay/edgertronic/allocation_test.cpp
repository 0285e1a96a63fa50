// A storm of datagrams costs no memory: every allocation of this program is counted.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "server/relay/edgertronic/datagram.hpp"

namespace {
std::atomic<std::size_t> allocations{0};
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace edgertronic {
namespace {

std::size_t allocations_of(const base::Bytes& datagram) {
  const std::size_t before = allocations;
  {
    const auto trigger = decode(datagram);
  }
  return allocations - before;
}

TEST(EdgertronicDatagram, OnlyALongNameIsAllocated) {
  EXPECT_EQ(allocations_of(encode(default_payload).value()), 0U);
  EXPECT_EQ(allocations_of(encode(default_payload, "short_&T").value()), 0U);
  EXPECT_EQ(allocations_of(encode(default_payload, std::string(99, 'x')).value()), 1U);
  for (const std::string_view hex : {"", "05aa95", "4495aa05", "05aa954400", "05aa9544616263", "30783035414139353434"})
    EXPECT_EQ(allocations_of(base::from_hex(hex).value()), 0U) << hex;
}

}  // namespace
}  // namespace edgertronic
