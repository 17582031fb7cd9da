#include "engine/expression/unify.h"

#include <gtest/gtest.h>

namespace sapa::expression {
namespace {

TEST(Unifier, BindsAVariableOnce) {
  Unifier unifier;
  Type a = unifier.fresh_variable();
  EXPECT_TRUE(unifier.assignable(TypeKind::kInt, a));
  EXPECT_FALSE(unifier.assignable(TypeKind::kString, a));
  EXPECT_EQ(unifier.substitute(Type::list_of(a)).to_string(), "list(int)");
}

TEST(Unifier, WidensToDynamic) {
  Unifier unifier;
  Type a = unifier.fresh_variable();
  EXPECT_TRUE(unifier.assignable(TypeKind::kInt, a));
  EXPECT_TRUE(unifier.assignable(TypeKind::kDyn, a));
  EXPECT_EQ(unifier.substitute(a).to_string(), "dyn");
}

TEST(Unifier, ForgetsBindingsOfAFailedList) {
  Unifier unifier;
  Type a = unifier.fresh_variable();
  EXPECT_FALSE(unifier.assignable({TypeKind::kInt, TypeKind::kString}, {a, TypeKind::kInt}));
  EXPECT_TRUE(unifier.assignable(TypeKind::kString, a));
}

TEST(Unifier, RefusesATypeWithinItself) {
  Unifier unifier;
  Type a = unifier.fresh_variable();
  EXPECT_FALSE(unifier.assignable(Type::list_of(a), a));
}

TEST(Unifier, JoinsToTheMoreGeneralType) {
  Unifier unifier;
  EXPECT_EQ(unifier.join(TypeKind::kInt, TypeKind::kInt).to_string(), "int");
  EXPECT_EQ(unifier.join(TypeKind::kInt, TypeKind::kString).to_string(), "dyn");
  EXPECT_EQ(unifier.join(TypeKind::kNull, Type::wrapper_of(TypeKind::kInt)).to_string(),
            "wrapper(int)");
  EXPECT_EQ(unifier.join(TypeKind::kTimestamp, TypeKind::kNull).to_string(), "timestamp");
}

}  // namespace
}  // namespace sapa::expression
