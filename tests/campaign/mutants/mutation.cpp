#include "tests/campaign/mutants/mutation.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "tests/campaign/mutants/units.hpp"

namespace mutants {

namespace {
constexpr std::size_t largest_mutant = 4UL * 1024 * 1024;  // of repeated parts

class Mutator {
 public:
  Mutator(const BaseFile& base, std::uint64_t seed) : format_(base.format), bytes_(base.bytes), random_(seed) {}

  Mutant run() {
    Mutant mutant;
    // Mostly one change: the deeper a parser gets, the more it has to lose.
    std::size_t changes = 1;
    while (changes < 6 && below(3) == 0) ++changes;
    for (std::size_t n = 0; n < changes && !bytes_.empty(); ++n) {
      const Change& change = all[below(all.size())];
      (this->*change.apply)();
      mutant.changes += (n == 0 ? "" : ", ") + std::string(change.name);
    }
    mutant.bytes = std::move(bytes_);
    return mutant;
  }

 private:
  struct Change {
    const char* name;
    void (Mutator::*apply)();
  };

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
  Unit some_unit() {
    const std::vector<Unit> units = units_of(format_, bytes_);
    return units[below(units.size())];
  }
  // Numbers at which something goes over an edge, and any others.
  std::uint64_t edgy(std::uint64_t near) {
    const std::array<std::uint64_t, 12> edges{
        0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, near + 1, near - 1, ~std::uint64_t{0}};
    const std::size_t choice = below(edges.size() + 4);
    return choice < edges.size() ? edges[choice] : random_() >> below(64);
  }
  void put(std::size_t at, std::size_t size, bool big_endian, std::uint64_t value) {
    for (std::size_t i = 0; i < size && at + i < bytes_.size(); ++i)
      bytes_[at + i] = static_cast<std::uint8_t>(value >> 8 * (big_endian ? size - 1 - i : i));
  }
  auto place(std::size_t at) { return bytes_.begin() + static_cast<std::ptrdiff_t>(std::min(at, bytes_.size())); }
  base::Bytes copy(const Unit& unit) { return {place(unit.begin), place(unit.begin + unit.size)}; }

  void flip_bits() {
    for (std::size_t n = 1 + below(16); n > 0; --n)
      bytes_[below(bytes_.size())] ^= static_cast<std::uint8_t>(1U << below(8));
  }
  void truncate() { bytes_.resize(below(bytes_.size())); }
  void change_length() {
    const Unit unit = some_unit();
    if (unit.length_size == 0) return flip_bits();
    put(unit.begin + unit.length_at, unit.length_size, unit.big_endian, edgy(unit.size - unit.header));
  }
  // Sequence numbers, times, sizes of pictures, types.
  void change_number() {
    const Unit unit = some_unit();
    if (unit.header == 0) return;
    const std::size_t size = std::size_t{1} << below(4);
    put(unit.begin + below(unit.header), size, unit.big_endian, edgy(1));
  }
  void fuzz_payload() {
    const Unit unit = some_unit();
    if (unit.size <= unit.header) return;
    for (std::size_t n = 1 + below(32); n > 0; --n) {
      const std::size_t at = unit.begin + unit.header + below(unit.size - unit.header);
      if (at < bytes_.size()) bytes_[at] = static_cast<std::uint8_t>(random_());
    }
  }
  // The first bytes of what a unit carries decide the most: parameter sets, slice headers, tables.
  void fuzz_payload_head() {
    constexpr std::size_t head = 24;
    const Unit unit = some_unit();
    for (std::size_t n = 1 + below(4); n > 0; --n) {
      const std::size_t at = unit.begin + unit.header + below(head);
      if (at < bytes_.size()) bytes_[at] = static_cast<std::uint8_t>(random_());
    }
  }
  void swap_units() {
    const Unit one = some_unit(), other = some_unit();
    const base::Bytes moved = copy(one), to = copy(other);
    if (one.begin + one.size > other.begin && other.begin + other.size > one.begin) return;
    const Unit& later = one.begin > other.begin ? one : other;
    const Unit& sooner = one.begin > other.begin ? other : one;
    replace(later, &later == &one ? to : moved);
    replace(sooner, &sooner == &one ? to : moved);
  }
  void repeat_unit() {
    const Unit unit = some_unit();
    const base::Bytes repeated = copy(unit);
    for (std::size_t n = 1 + below(40); n > 0 && bytes_.size() + repeated.size() < largest_mutant; --n)
      bytes_.insert(place(unit.begin), repeated.begin(), repeated.end());
  }
  void drop_units() {
    for (std::size_t n = 1 + below(4); n > 0 && !bytes_.empty(); --n) replace(some_unit(), {});
  }
  void overwrite_range() {
    const std::size_t at = below(bytes_.size()), size = 1 + below(600);
    const bool zeros = below(2) == 0;
    for (std::size_t i = at; i < std::min(at + size, bytes_.size()); ++i)
      bytes_[i] = zeros ? std::uint8_t{0} : static_cast<std::uint8_t>(random_());
  }
  void insert_noise() {
    base::Bytes noise(1 + below(300));
    for (std::uint8_t& byte : noise) byte = static_cast<std::uint8_t>(random_());
    bytes_.insert(place(below(bytes_.size())), noise.begin(), noise.end());
  }
  void replace(const Unit& unit, const base::Bytes& with) {
    bytes_.erase(place(unit.begin), place(unit.begin + unit.size));
    bytes_.insert(place(unit.begin), with.begin(), with.end());
  }

  static constexpr std::array<Change, 11> all{{{"bits flipped", &Mutator::flip_bits},
                                               {"truncated", &Mutator::truncate},
                                               {"a length changed", &Mutator::change_length},
                                               {"a number changed", &Mutator::change_number},
                                               {"payload fuzzed", &Mutator::fuzz_payload},
                                               {"head of a payload fuzzed", &Mutator::fuzz_payload_head},
                                               {"parts swapped", &Mutator::swap_units},
                                               {"a part repeated", &Mutator::repeat_unit},
                                               {"parts dropped", &Mutator::drop_units},
                                               {"a range overwritten", &Mutator::overwrite_range},
                                               {"noise inserted", &Mutator::insert_noise}}};

  storage::Format format_;
  base::Bytes bytes_;
  std::mt19937_64 random_;
};
}  // namespace

Mutant mutate(const BaseFile& base, std::uint64_t seed) {
  return Mutator(base, seed).run();
}

}  // namespace mutants
