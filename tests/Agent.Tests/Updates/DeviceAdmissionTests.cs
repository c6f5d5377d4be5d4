using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Updates;

public sealed class DeviceAdmissionTests
{
    [Theory]
    [InlineData(false, 1, null, null)]
    [InlineData(true, 0, null, "hot")]
    [InlineData(false, 2.5, null, "busy")]
    [InlineData(false, 0, 29.0, "battery")]
    [InlineData(false, 0, 31.0, null)]
    public void Judge_DeviceHasNothingToSpare_Waits(bool isHot, double busy, double? battery, string? detail)
    {
        var admission = DeviceAdmission.Judge(new DeviceCondition(isHot, busy, battery), new UpdateOptions());
        Assert.Equal(detail is null, admission.Reason is null);
        if (detail is not null) Assert.Contains(detail, admission.Detail, StringComparison.Ordinal);
    }
}
