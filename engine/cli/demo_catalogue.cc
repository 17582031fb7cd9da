#include "engine/cli/demo_catalogue.h"

#include <array>

#include <fmt/format.h>

namespace sapa {
namespace {

struct Thing {
  std::string_view name;
  int64_t thousands;  ///< of rupiah, in the first brand's make
};

struct Shelf {
  std::string_view category;
  std::vector<std::string_view> brands;
  std::array<Thing, 8> things;
};

const std::vector<Shelf>& shelves() {
  static const std::vector<Shelf> all = {
      {"dapur",
       {"ACE", "Krisbow", "ATARU"},
       {{{"Rice Cooker 1.8 L", 449},
         {"Air Fryer 3.5 L", 899},
         {"Blender", 389},
         {"Wajan 28 cm", 219},
         {"Set Panci", 649},
         {"Set Pisau", 279},
         {"Kotak Makan", 89},
         {"Teko Listrik", 249}}}},
      {"perkakas",
       {"Krisbow", "ACE"},
       {{{"Bor Listrik", 549},
         {"Gerinda Tangan", 479},
         {"Tangga Lipat", 899},
         {"Set Obeng", 159},
         {"Kotak Perkakas", 329},
         {"Mesin Las", 1899},
         {"Kompresor", 2299},
         {"Meteran", 59}}}},
      {"lampu",
       {"ACE", "Krisbow", "INFORMA"},
       {{{"Lampu LED 9 W", 45},
         {"Lampu Meja", 259},
         {"Lampu Gantung", 749},
         {"Lampu Lantai", 899},
         {"Senter", 129},
         {"Lampu Taman Surya", 189},
         {"Lampu Tidur", 99},
         {"Lampu Dinding", 349}}}},
      {"sofa",
       {"INFORMA", "SELMA"},
       {{{"Sofa 2 Dudukan", 3499},
         {"Sofa 3 Dudukan", 5299},
         {"Sofa Bed", 4199},
         {"Sofa Sudut", 7999},
         {"Kursi Recliner", 5999},
         {"Puf", 599},
         {"Sarung Sofa", 349},
         {"Bantal Sofa", 119}}}},
      {"kasur",
       {"INFORMA", "SELMA"},
       {{{"Kasur 160 x 200", 4599},
         {"Kasur Lipat", 899},
         {"Bantal", 149},
         {"Guling", 129},
         {"Set Sprei", 449},
         {"Selimut", 329},
         {"Bed Cover", 799},
         {"Topper", 1299}}}},
      {"meja",
       {"INFORMA", "ATARU", "SELMA"},
       {{{"Meja Kerja", 1299},
         {"Meja Makan", 2899},
         {"Meja Lipat", 399},
         {"Meja Tamu", 1499},
         {"Meja Rias", 1799},
         {"Meja Belajar", 999},
         {"Meja Samping", 459},
         {"Kursi Kantor", 1199}}}},
      {"elektronik",
       {"INFORMA Electronics", "Krisbow"},
       {{{"Kipas Angin", 449},
         {"Vacuum Cleaner", 1299},
         {"Air Purifier", 1899},
         {"Setrika", 299},
         {"Humidifier", 349},
         {"Speaker", 599},
         {"TV 43 Inci", 4299},
         {"Kulkas Mini", 1999}}}},
      {"mainan",
       {"Toys Kingdom"},
       {{{"Balok Susun", 299},
         {"Puzzle", 149},
         {"Mobil Remote", 459},
         {"Boneka Beruang", 239},
         {"Rumah Boneka", 899},
         {"Board Game", 329},
         {"Kereta Api", 559},
         {"Skuter Anak", 1099}}}},
      {"hewan",
       {"Pet Kingdom"},
       {{{"Makanan Kucing 2 kg", 189},
         {"Pasir Kucing", 99},
         {"Makanan Anjing 3 kg", 289},
         {"Akuarium", 1149},
         {"Tas Kucing", 399},
         {"Tiang Garukan", 329},
         {"Kandang", 1099},
         {"Tempat Tidur Kucing", 259}}}},
      {"kerajinan",
       {"Pendopo"},
       {{{"Kain Batik", 459},
         {"Kemeja Batik", 549},
         {"Wayang Kulit", 699},
         {"Topeng Kayu", 389},
         {"Tas Anyaman", 279},
         {"Lukisan", 1499},
         {"Ukiran Kayu", 1299},
         {"Taplak Tenun", 329}}}},
      {"kacamata",
       {"EYE SOUL"},
       {{{"Kacamata Baca", 349},
         {"Kacamata Hitam", 799},
         {"Bingkai Titanium", 1299},
         {"Lensa Progresif", 1999},
         {"Lensa Kontak", 249},
         {"Kacamata Anak", 459},
         {"Kotak Kacamata", 89},
         {"Lensa Antiradiasi", 599}}}},
      {"minuman",
       {"Chatime"},
       {{{"Teh Susu Mutiara", 29},
         {"Teh Susu Gula Aren", 32},
         {"Teh Buah", 30},
         {"Kopi Susu", 28},
         {"Teh Hijau Madu", 26},
         {"Cokelat Hazelnut", 34},
         {"Paket Berdua", 56},
         {"Paket Berempat", 108}}}},
  };
  return all;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

}  // namespace

DemoCatalogue::DemoCatalogue() {
  const auto& all = shelves();
  by_category_.resize(all.size());
  for (uint32_t category = 0; category < all.size(); ++category) {
    int64_t percent = 100;
    for (std::string_view brand : all[category].brands) {
      for (const Thing& thing : all[category].things) {
        DemoProduct product;
        product.id = fmt::format("p{:04}", products_.size() + 1);
        product.category = category;
        product.brand = brand;
        product.name = fmt::format("{} {}", brand, thing.name);
        product.query = lower(thing.name);
        product.price = thing.thousands * percent / 100 * 1000;
        by_category_[category].push_back(static_cast<uint32_t>(products_.size()));
        products_.push_back(std::move(product));
      }
      percent += 15;
    }
  }
}

std::string_view DemoCatalogue::category_name(uint32_t category) const {
  return shelves()[category].category;
}

}  // namespace sapa
