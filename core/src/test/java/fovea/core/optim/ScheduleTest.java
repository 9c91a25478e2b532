package fovea.core.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScheduleTest {

  /// What a schedule gives at a step of a training of so many.
  record Row(Schedule schedule, long step, long total, double expected) {}

  /// Those of one cycle, restarts, polynomial and line are PyTorch 2.13's.
  static Stream<Row> table() {
    var steps = new Schedule.Step(1.0 / 3, 0.1);
    var points = new Schedule.MultiStep(List.of(0.75, 0.5), 0.1);
    var cycle = Schedule.oneCycle();
    return Stream.of(
        new Row(Schedule.constant(), 7, 10, 1),
        new Row(steps, 29, 90, 1),
        new Row(steps, 30, 90, 0.1),
        new Row(steps, 60, 90, 0.01),
        new Row(points, 49, 100, 1),
        new Row(points, 50, 100, 0.1),
        new Row(points, 75, 100, 0.01),
        new Row(new Schedule.Exponential(0.01), 50, 100, 0.1),
        new Row(new Schedule.Linear(0.25, 1), 3, 10, 0.475),
        new Row(new Schedule.Polynomial(0.9), 3, 10, 0.7254178469372199),
        new Row(new Schedule.CosineRestarts(2, 2), 17, 30, 0.7269952498697734),
        new Row(new Schedule.CosineRestarts(2, 2), 10, 30, 1),
        new Row(new Schedule.CosineRestarts(3, 1), 10, 20, 0.5),
        new Row(cycle, 0, 20, 0.04),
        new Row(cycle, 3, 20, 0.6683281572999747),
        new Row(cycle, 5, 20, 1),
        new Row(cycle, 6, 20, 0.9874640062350873),
        new Row(cycle, 12, 20, 0.500002),
        new Row(cycle, 19, 20, 4e-6),
        new Row(Schedule.cosine().after(0.1), 0, 100, 1 / 11.0),
        new Row(Schedule.cosine().after(0.1), 9, 100, 10 / 11.0),
        new Row(Schedule.cosine().after(0.1), 10, 100, 1),
        new Row(Schedule.cosine().after(0.1), 55, 100, 0.5),
        new Row(steps.after(0), 30, 90, 0.1));
  }

  @ParameterizedTest
  @MethodSource("table")
  void followsItsFormula(Row row) {
    assertEquals(row.expected, row.schedule.factor(row.step, row.total), 1e-9);
  }

  @Test
  void plateauReactsAsPyTorchs() {
    var plateau = new Schedule.Plateau(0.5, 1, 0.1, 2, 0.2);
    var losses = List.of(1, 0.95, 0.93, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6);
    var expected = List.of(1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2);
    for (int i = 0; i < losses.size(); i++) {
      var before = losses.subList(0, i + 1).stream().map(Number::doubleValue).toList();
      assertEquals(
          expected.get(i).doubleValue(), plateau.factor(5, 10, before), 1e-12, "epoch " + i);
      assertEquals(expected.get(i).doubleValue(), plateau.after(0.2).factor(5, 10, before), 1e-12);
    }
    assertEquals(1, Schedule.plateau().factor(0, 10));
  }

  @Test
  void staysWithinItsLimits() {
    for (var schedule : table().map(Row::schedule).distinct().toList()) {
      for (long total : new long[] {1, 2, 7}) {
        for (long step = 0; step < total; step++) {
          double factor = schedule.factor(step, total);
          assertTrue(factor >= 0 && factor <= 1, () -> schedule + " gives " + factor);
        }
      }
    }
  }

  @Test
  void refusesSettingsThatCannotWork() {
    assertThrows(IllegalArgumentException.class, () -> new Schedule.Cosine(1));
    assertThrows(IllegalArgumentException.class, () -> new Schedule.Step(0, 0.1));
    assertThrows(IllegalArgumentException.class, () -> new Schedule.MultiStep(List.of(), 0));
    assertThrows(IllegalArgumentException.class, () -> new Schedule.Linear(-1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Schedule.OneCycle(0, 25, 1));
    assertThrows(IllegalArgumentException.class, () -> new Schedule.CosineRestarts(0, 1));
    assertThrows(IllegalArgumentException.class, () -> Schedule.cosine().after(1));
    assertThrows(IllegalArgumentException.class, () -> new Schedule.Plateau(1, 1, 1e-4, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Schedule.Plateau(0.5, -1, 1e-4, 0, 0));
  }
}
