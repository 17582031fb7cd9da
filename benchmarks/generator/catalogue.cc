#include "benchmarks/generator/catalogue.h"

#include <cctype>

#include <fmt/format.h>

#include "benchmarks/generator/random.h"

namespace sapa::shop {
namespace {

struct Category {
  std::string_view name;
  std::array<std::string_view, 3> brands;
  std::array<std::string_view, Catalogue::kQueries> things;
  std::array<std::string_view, 7> variants;
};

// Brands times things times variants are 168, enough names for the 167 products of a category.
constexpr std::array<Category, kCategories> kShelves = {{
    {"kitchen",
     {"Krisbow", "ACE", "Cookmaster"},
     {"Rice Cooker", "Air Fryer", "Blender", "Frying Pan", "Kettle", "Food Container", "Knife Set",
      "Toaster"},
     {"0.6 L", "1 L", "1.2 L", "1.8 L", "2 L", "3.5 L", "5 L"}},
    {"furniture",
     {"INFORMA", "SELMA", "Ergotec"},
     {"Office Chair", "Bookshelf", "Sofa", "Dining Table", "Wardrobe", "TV Cabinet", "Coffee Table",
      "Shoe Rack"},
     {"White", "Black", "Oak", "Walnut", "Grey", "Beige", "Natural"}},
    {"lighting",
     {"Krisbow", "Eterna", "ACE"},
     {"LED Bulb", "Desk Lamp", "Floor Lamp", "Pendant Lamp", "Torch", "Night Light", "Solar Lamp",
      "Downlight"},
     {"3 W", "5 W", "7 W", "9 W", "12 W", "15 W", "18 W"}},
    {"bedding",
     {"INFORMA Sleep", "SELMA", "Kinkoo"},
     {"Mattress", "Bed Sheet", "Pillow", "Bolster", "Blanket", "Duvet", "Bed Cover",
      "Mattress Protector"},
     {"90 x 200", "100 x 200", "120 x 200", "140 x 200", "160 x 200", "180 x 200", "200 x 200"}},
    {"tools",
     {"Krisbow", "Kenmaster", "ACE"},
     {"Cordless Drill", "Hammer", "Screwdriver Set", "Ladder", "Spirit Level", "Angle Grinder",
      "Tool Box", "Pressure Washer"},
     {"S", "M", "L", "XL", "Basic", "Plus", "Pro"}},
    {"garden",
     {"ACE", "Pendopo", "Krisbow"},
     {"Garden Hose", "Flower Pot", "Lawn Mower", "Pruning Shears", "Watering Can", "Garden Bench",
      "Sprayer", "Parasol"},
     {"Mini", "Small", "Medium", "Large", "Extra Large", "Set of 2", "Set of 4"}},
    {"toys",
     {"Toys Kingdom", "Ninja", "Playtime"},
     {"Building Blocks", "Puzzle", "Doll House", "Remote Control Car", "Board Game", "Plush Bear",
      "Train Set", "Water Gun"},
     {"Red", "Blue", "Green", "Yellow", "Pink", "Purple", "Orange"}},
    {"pets",
     {"Pet Kingdom", "Pawly", "ACE"},
     {"Cat Food", "Dog Food", "Cat Litter", "Aquarium", "Pet Carrier", "Scratching Post", "Pet Bed",
      "Bird Cage"},
     {"500 g", "1 kg", "2 kg", "3 kg", "5 kg", "7 kg", "10 kg"}},
    {"electronics",
     {"INFORMA Electronics", "ATARU", "Krisbow"},
     {"Fan", "Vacuum Cleaner", "Air Purifier", "Speaker", "Power Bank", "Smart Plug", "Iron",
      "Humidifier"},
     {"A1", "A2", "B1", "B2", "C1", "C2", "X"}},
    {"bathroom",
     {"ACE", "Krisbow", "SELMA"},
     {"Shower Head", "Towel", "Bath Mat", "Mirror", "Soap Dispenser", "Water Heater", "Laundry Bag",
      "Faucet"},
     {"Ivory", "Navy", "Silver", "Gold", "Mint", "Sand", "Charcoal"}},
    {"storage",
     {"Stora", "ACE", "Clean Home"},
     {"Storage Box", "Drawer Unit", "Basket", "Hanger Set", "Shelf Rack", "Vacuum Bag", "Trash Bin",
      "Trolley"},
     {"5 L", "10 L", "20 L", "30 L", "50 L", "80 L", "120 L"}},
    {"automotive",
     {"Krisbow", "ACE", "Autocare"},
     {"Car Vacuum", "Tyre Inflator", "Phone Holder", "Seat Cover", "Car Perfume", "Dash Camera",
      "Floor Mat", "Jump Starter"},
     {"Lite", "City", "Comfort", "Sport", "Touring", "Family", "Premium"}},
}};

int64_t price_of(size_t index) {
  // Evenly spread on a logarithmic scale from 15,000 to 2,500,000.
  Random random(mix(index));
  const double low = portable_log(15'000);
  const double high = portable_log(2'500'000);
  return static_cast<int64_t>(portable_exp(low + random.unit() * (high - low)) / 1000) * 1000;
}

}  // namespace

Catalogue::Catalogue() {
  products_.reserve(kProducts);
  for (size_t index = 0; index < kProducts; ++index) {
    const size_t nth = index / kCategories;
    Product product;
    product.category = index % kCategories;
    const Category& shelf = kShelves[product.category];
    product.brand = shelf.brands[nth / kQueries % shelf.brands.size()];
    product.name = fmt::format("{} {} {}", product.brand, shelf.things[nth % kQueries],
                               shelf.variants[nth / (kQueries * shelf.brands.size())]);
    product.price = price_of(index);
    product.viewed =
        fmt::format(R"("product_id":"p{:05}","category":"{}","brand":"{}","name":"{}","price":{},)"
                    R"("currency":"IDR")",
                    index, shelf.name, product.brand, product.name, product.price);
    product.ordered = fmt::format(R"("product_id":"p{:05}","category":"{}","price":{})", index,
                                  shelf.name, product.price);
    products_.push_back(std::move(product));
  }
  for (size_t category = 0; category < kCategories; ++category) {
    for (size_t nth = 0; nth < kQueries; ++nth) {
      for (const char letter : kShelves[category].things[nth]) {
        queries_[category][nth].push_back(
            static_cast<char>(std::tolower(static_cast<unsigned char>(letter))));
      }
    }
  }
}

size_t Catalogue::size_of(size_t category) {
  return kProducts / kCategories + (category < kProducts % kCategories ? 1 : 0);
}

std::string_view Catalogue::category_name(size_t category) { return kShelves[category].name; }

}  // namespace sapa::shop
