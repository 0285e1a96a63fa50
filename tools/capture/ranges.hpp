// Byte ranges that are known, as begin → end, apart from each other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>

namespace captures {

template <class Number>
class Ranges {
 public:
  // Calls `with(begin, end)` for each part of [begin, end) that was not known, and knows it from now on.
  template <class New>
  void add(Number begin, Number end, New&& with) {
    if (begin >= end) return;
    auto it = known_.upper_bound(begin);
    if (it != known_.begin() && std::prev(it)->second >= begin) --it;
    Number low = begin;
    Number high = end;
    for (Number at = begin; at < end;) {
      if (it == known_.end() || it->first >= end) {
        with(at, end);
        if (it != known_.end() && it->first == end) {
          high = it->second;
          it = known_.erase(it);
        }
        break;
      }
      if (it->first > at) with(at, it->first);
      low = std::min(low, it->first);
      high = std::max(high, it->second);
      at = std::max(at, it->second);
      it = known_.erase(it);
    }
    known_[low] = std::max(high, end);
  }

  // Calls `with(begin, end)` for each part of [begin, end) that is known.
  template <class Known>
  void known(Number begin, Number end, Known&& with) const {
    auto it = known_.upper_bound(begin);
    if (it != known_.begin()) --it;
    for (; it != known_.end() && it->first < end; ++it) {
      const Number low = std::max(begin, it->first);
      const Number high = std::min(end, it->second);
      if (low < high) with(low, high);
    }
  }

  // Calls `with(begin, end)` for each part of [0, size) that is not known.
  template <class Missing>
  void missing(Number size, Missing&& with) const {
    Number at = 0;
    for (const auto& [begin, end] : known_) {
      if (at >= size) return;
      if (begin > at) with(at, std::min(begin, size));
      at = end;
    }
    if (at < size) with(at, size);
  }

  bool whole(Number size) const {
    return size == 0 || (!known_.empty() && known_.begin()->first == 0 && known_.begin()->second >= size);
  }

 private:
  std::map<Number, Number> known_;
};

}  // namespace captures
