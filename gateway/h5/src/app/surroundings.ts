/** Where the page runs. Asked once: a page does not move from WeChat to another browser. */
const agent = typeof navigator === 'undefined' ? '' : navigator.userAgent

export const inWeChat = /MicroMessenger/i.test(agent)

/** A name for this device in the person's list of devices: no more than anybody may know. */
export function deviceName(): string {
  const system = /Android/i.test(agent) ? '安卓手机' : /iPhone|iPad/i.test(agent) ? '苹果手机' : /Windows/i.test(agent) ? 'Windows 电脑' : /Mac OS/i.test(agent) ? '苹果电脑' : '其他设备'
  return inWeChat ? `${system} · 微信` : `${system} · 浏览器`
}
