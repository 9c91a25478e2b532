package fovea.core.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fovea.core.testing.NativeMemoryCheck.OutsideScopes;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@OutsideScopes
class MemoryTest {
  private final long budget = Memory.budget();

  /// Waits until what other tests left behind is collected, so that the counters stand still.
  @BeforeEach
  void settle() {
    eventually(
        () -> {
          long before = Memory.liveBytes();
          System.gc();
          sleep(30);
          return Memory.liveBytes() == before;
        });
  }

  @AfterEach
  void restore() {
    Memory.budget(budget);
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void eventually(BooleanSupplier condition) {
    for (int i = 0; i < 100; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      sleep(20);
    }
    throw new AssertionError("it never came true");
  }

  @Test
  void scopesGiveBackAtTheirEnd() {
    long live = Memory.liveBytes();
    Storage s;
    try (var scope = Scope.open("step")) {
      assertNotNull(scope);
      s = Memory.allocate(1000);
      assertFalse(s.isReleased());
      assertEquals(live + 1000, Memory.liveBytes());
    }
    assertTrue(s.isReleased());
    assertEquals(live, Memory.liveBytes());
  }

  @Test
  void blocksAreUsedAgain() {
    long address;
    try (var scope = Scope.open("first")) {
      assertNotNull(scope);
      address = Memory.allocate(123_456).segment().address();
    }
    long owned = Memory.ownedBytes();
    try (var scope = Scope.open("second")) {
      assertNotNull(scope);
      assertEquals(address, Memory.allocate(123_400).segment().address());
    }
    assertEquals(owned, Memory.ownedBytes());
  }

  @Test
  void keptStoragesMoveOneScopeOut() {
    Storage s;
    try (var outer = Scope.open("outer")) {
      assertNotNull(outer);
      try (var inner = Scope.open("inner")) {
        assertNotNull(inner);
        s = Memory.allocate(10);
        s.keep();
      }
      assertFalse(s.isReleased());
    }
    assertTrue(s.isReleased());
    assertTrue(
        assertThrows(ReleasedException.class, s::segment)
            .getMessage()
            .contains("scope \"outer\" ended"));
  }

  @Test
  void keptStoragesEndInTheCollectorsCare() {
    long live = Memory.liveBytes();
    var held = new ArrayList<Storage>();
    try (var scope = Scope.open("step")) {
      assertNotNull(scope);
      held.add(Memory.allocate(5000));
      held.getFirst().keep();
      held.getFirst().keep();
    }
    System.gc();
    sleep(50);
    assertFalse(held.getFirst().isReleased());
    assertEquals(live + 5000, Memory.liveBytes());
    held.clear();
    eventually(
        () -> {
          System.gc();
          return Memory.liveBytes() == live;
        });
  }

  @Test
  void theCollectorGivesBackWhatNobodyHolds() {
    long live = Memory.liveBytes();
    for (int i = 0; i < 10; i++) {
      assertFalse(Memory.allocate(10_000).isReleased());
    }
    eventually(
        () -> {
          System.gc();
          return Memory.liveBytes() == live;
        });
  }

  @Test
  void releaseIsOnce() {
    long live = Memory.liveBytes();
    var outside = Memory.allocate(100);
    outside.release("it was enough");
    outside.release("it was enough again");
    assertEquals(live, Memory.liveBytes());
    assertTrue(
        assertThrows(ReleasedException.class, outside::segment)
            .getMessage()
            .contains("given back when it was enough;"));
    try (var scope = Scope.open("step")) {
      assertNotNull(scope);
      var inside = Memory.allocate(100);
      inside.release("it was enough");
      inside.keep();
    }
    assertEquals(live, Memory.liveBytes());
  }

  @Test
  void scopesCloseInOrderAndOnTheirThread() throws InterruptedException {
    var outer = Scope.open("outer");
    var inner = Scope.open("inner");
    assertThrows(IllegalStateException.class, outer::close);
    var thrown = new AtomicReference<Throwable>();
    var other = new Thread(inner::close);
    other.setUncaughtExceptionHandler((t, e) -> thrown.set(e));
    other.start();
    other.join();
    assertTrue(thrown.get() instanceof IllegalStateException);
    inner.close();
    inner.close();
    outer.close();
  }

  @Test
  void trimReturnsFreeBlocks() {
    try (var scope = Scope.open("step")) {
      assertNotNull(scope);
      assertNotNull(Memory.allocate(1 << 20));
    }
    assertTrue(Memory.pooledBytes() >= 1 << 20);
    Memory.trim();
    assertEquals(0, Memory.pooledBytes());
  }

  @Test
  void trimsBeforeItPassesTheBudget() {
    try (var scope = Scope.open("step")) {
      assertNotNull(scope);
      assertNotNull(Memory.allocate(1 << 20));
    }
    long collections = Memory.collections();
    Memory.budget(Memory.ownedBytes() + (1 << 19));
    try (var scope = Scope.open("step")) {
      assertNotNull(scope);
      assertNotNull(Memory.allocate(3 << 19)); // fits only where the free block went
    }
    assertEquals(collections, Memory.collections());
  }

  @Test
  void collectsBeforeItFails() {
    Memory.trim();
    Memory.budget(Memory.ownedBytes() + (3 << 20));
    long collections = Memory.collections();
    for (int i = 0; i < 8; i++) {
      assertFalse(Memory.allocate(1 << 20).isReleased());
    }
    assertTrue(Memory.collections() > collections);
  }

  @Test
  void outOfMemoryListsTheHolders() {
    Memory.trim();
    Memory.budget(Memory.ownedBytes() + (4 << 20));
    var held = new ArrayList<Storage>();
    for (int i = 0; i < 3; i++) {
      held.add(Memory.allocate(1 << 20));
      held.getLast().origin("conv2d");
    }
    try (var scope = Scope.open("step")) {
      assertNotNull(scope);
      var s = Memory.allocate(1 << 19);
      s.origin("relu");
      held.add(s);
      var e = assertThrows(OutOfNativeMemoryException.class, () -> Memory.allocate(2 << 20));
      var text = e.getMessage();
      assertTrue(text.startsWith("out of native memory: 2.0 MiB more were asked for"), text);
      assertTrue(text.contains("3.0 MiB in      3 of conv2d"), text);
      assertTrue(text.contains("512.0 KiB in      1 of relu"), text);
      assertTrue(text.indexOf("conv2d") < text.indexOf("relu"), text);
    }
    assertEquals(4, held.size());
  }

  @Test
  void impossibleSizesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Memory.allocate(-1));
    assertThrows(OutOfNativeMemoryException.class, () -> Memory.allocate(1L << 60));
    assertThrows(OutOfNativeMemoryException.class, () -> Memory.allocate(Long.MAX_VALUE));
    assertThrows(IllegalArgumentException.class, () -> Memory.budget(0));
  }

  @Test
  void sizesForPeople() {
    assertEquals("512 B", Memory.size(512));
    assertEquals("1.5 KiB", Memory.size(1536));
    assertEquals("8.0 GiB", Memory.size(8L << 30));
    assertEquals("1024.0 TiB", Memory.size(1L << 50));
  }

  @Test
  void newStoragesAreNamedNew() {
    var s = Memory.allocate(1);
    assertSame("new", s.origin());
    assertEquals(1, s.bytes());
    assertTrue(s.segment().byteSize() >= 1);
  }
}
