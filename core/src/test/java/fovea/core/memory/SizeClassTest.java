package fovea.core.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SizeClassTest {
  @Test
  void smallest() {
    assertEquals(0, SizeClass.of(0));
    assertEquals(0, SizeClass.of(64));
    assertEquals(64, SizeClass.bytes(0));
    assertEquals(80, SizeClass.bytes(SizeClass.of(65)));
  }

  @Test
  void classesFitTightlyAndInOrder() {
    for (int c = 1; c < 180; c++) {
      long bytes = SizeClass.bytes(c);
      assertTrue(bytes > SizeClass.bytes(c - 1));
      assertEquals(c, SizeClass.of(bytes));
      assertEquals(c, SizeClass.of(SizeClass.bytes(c - 1) + 1));
      assertTrue(SizeClass.bytes(c - 1) >= bytes / 5 * 4, "at most a fifth is unused");
      assertEquals(0, bytes % 16);
    }
  }
}
