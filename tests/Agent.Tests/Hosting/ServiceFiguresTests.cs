using EdgeAgent.Hosting.Modules;
using EdgeAgent.Serving;

namespace EdgeAgent.Tests.Hosting;

public sealed class ServiceFiguresTests
{
    /// <summary>What systemctl status shows: student, provider, level, rate; and that there is no student where there is none.</summary>
    [Theory]
    [InlineData("L0", EngineState.Serving, 12.345, "serving cell-student 0.2.0 on Cpu, L0, 12.3 tokens/s")]
    [InlineData("L4 (tj 96 C)", EngineState.Parked, 0,
        "serving cell-student 0.2.0 on Cpu, L4 (tj 96 C), student parked, stored answers only")]
    [InlineData("L0", EngineState.Restarting, 5,
        "serving cell-student 0.2.0 on Cpu, L0, student restarting, stored answers only")]
    public void Line_NamesStudentLevelAndRate(string level, object engine, double rate, string expected) =>
        Assert.Equal(expected, new ServiceFigures("cell-student 0.2.0", "Cpu", level, (EngineState)engine, rate).ToString());
}
