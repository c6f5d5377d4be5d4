using EdgeAgent.Thermal;

namespace EdgeAgent.Hosting;

/// <content>The board: its heat, and what is attached to it.</content>
internal sealed partial record AgentSettings
{
    public LadderOptions Thermal { get; init; } = new();
    public StackLightOptions StackLight { get; init; } = new();
    public ClimateOptions Climate { get; init; } = new();
    public DisplayOptions Display { get; init; } = new();
}
