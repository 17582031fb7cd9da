#include "benchmarks/generator/shopper.h"

#include <numeric>

#include <fmt/format.h>

#include "benchmarks/generator/catalogue.h"
#include "benchmarks/generator/random.h"

namespace sapa::shop {
namespace {

constexpr std::array<std::string_view, 10> kCities = {
    "Jakarta", "Surabaya", "Bandung",  "Medan",      "Semarang",
    "Bekasi",  "Depok",    "Denpasar", "Yogyakarta", "Tangerang"};
constexpr std::array<std::string_view, 3> kVersions = {"5.2.1", "5.2.0", "5.1.4"};
constexpr std::array<std::string_view, 2> kDevices = {"android", "ios"};

size_t context_index(size_t city, size_t version, size_t device) {
  return (city * kVersions.size() + version) * kDevices.size() + device;
}

}  // namespace

Shoppers::Shoppers(uint64_t seed, uint64_t customers)
    : seed_(mix(seed)), customers_(customers), offset_(mix(seed_) % customers) {
  // The golden section gives steps that scatter well.
  step_ = static_cast<uint64_t>(static_cast<double>(customers) * 0.6180339887) + 1;
  while (std::gcd(step_, customers) != 1) ++step_;

  for (const auto city : kCities) {
    for (const auto version : kVersions) {
      for (const auto device : kDevices) {
        contexts_.push_back(
            fmt::format(R"({{"app":{{"name":"shop","version":"{}"}},"device":{{"type":"{}"}},)"
                        R"("locale":"id-ID","timezone":"Asia/Jakarta","city":"{}"}})",
                        version, device, city));
      }
    }
  }
}

uint64_t Shoppers::number_of_rank(uint64_t rank) const {
  return (rank * step_ + offset_) % customers_ + 1;
}

Shopper Shoppers::shopper(uint64_t number) const {
  Random random(seed_ ^ mix(number));
  const size_t first = random.below(kCategories);
  const size_t second = (first + 1 + random.below(kCategories - 1)) % kCategories;
  const size_t city = random.below(100) < 40 ? 0 : 1 + random.below(kCities.size() - 1);
  const size_t version = random.below(kVersions.size());
  const size_t device = random.below(100) < 80 ? 0 : 1;
  return {{first, second}, context_index(city, version, device)};
}

}  // namespace sapa::shop
