// Sorting that keeps the order of equals. std::stable_sort of g++ 12 warns under clang.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "tools/capture/conversation.hpp"

namespace captures {

template <class T, class Key>
void sort_by_time(std::vector<T>& all, Key key) {
  using Place = std::pair<Time, std::size_t>;
  std::vector<Place> places;
  places.reserve(all.size());
  for (std::size_t n = 0; n < all.size(); ++n) places.emplace_back(std::invoke(key, all[n]), n);
  std::ranges::sort(places);
  std::vector<T> sorted;
  sorted.reserve(all.size());
  for (const Place& place : places) sorted.push_back(std::move(all[place.second]));
  all = std::move(sorted);
}

}  // namespace captures
