// A store's database without the store around it, to put into it what no store would.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rocksdb/db.h>

namespace sapa {

/// Puts one key into one of the store's column families. The folder is closed before and after.
inline void put_raw(const std::string& folder, const std::string& family, const std::string& key,
                    const std::string& value) {
  std::vector<rocksdb::ColumnFamilyDescriptor> wanted;
  for (const char* name : {"default", "customers", "timers", "meta"}) {
    wanted.emplace_back(name, rocksdb::ColumnFamilyOptions());
  }
  rocksdb::DB* opened = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  ASSERT_TRUE(rocksdb::DB::Open({}, folder, wanted, &families, &opened).ok());
  std::unique_ptr<rocksdb::DB> db(opened);
  for (auto* one : families) {
    if (one->GetName() == family) {
      ASSERT_TRUE(db->Put({}, one, key, value).ok());
    }
    ASSERT_TRUE(db->DestroyColumnFamilyHandle(one).ok());
  }
}

}  // namespace sapa
