using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Updates;

public sealed class MaintenanceWindowTests
{
    [Theory]
    [InlineData("22:00-05:00", 23, 30, 0)]
    [InlineData("22:00-05:00", 4, 59, 0)]
    [InlineData("22:00-05:00", 5, 0, 17 * 60)]
    [InlineData("22:00-05:00", 12, 0, 10 * 60)]
    [InlineData("08:00-09:00", 9, 30, 22 * 60 + 30)]
    public void OpensIn_TimeOfDay_IsTheTimeToTheWindow(string text, int hour, int minute, int opensInMinutes)
    {
        Assert.True(MaintenanceWindow.TryParse(text, out var window));
        Assert.Equal(TimeSpan.FromMinutes(opensInMinutes), window.OpensIn(new DateTimeOffset(2026, 3, 1, hour, minute, 0, TimeSpan.Zero)));
    }

    [Theory]
    [InlineData("22-5")]
    [InlineData("22:00-22:00")]
    [InlineData("25:00-01:00")]
    [InlineData("")]
    public void TryParse_Invalid_IsRefused(string text) => Assert.False(MaintenanceWindow.TryParse(text, out _));
}
