package fovea.core.io;

import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.memory.Memory;
import fovea.core.memory.Scope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// Runs every test in a scope and sees that it leaves no native memory behind.
abstract class ScopedTest {
  private long before;
  private Scope scope;

  @BeforeEach
  final void open() {
    before = Memory.liveBytes();
    scope = Scope.open("test");
  }

  @AfterEach
  final void close() {
    scope.close();
    // Less is possible: the collector may meanwhile have found what other tests left to it.
    assertTrue(Memory.liveBytes() <= before, "the test left native memory behind");
  }
}
